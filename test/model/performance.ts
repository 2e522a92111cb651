import { skip, stop } from '../../src/run/directives.js';
import { copyOf, perform } from './model-changes.js';
import type { ModelGraph, ModelHandler, ModelState, ModelStep, Seen } from './model-graph.js';
import type { Random } from './random.js';
import type { Gates } from './shuffled-engine.js';

/** What the bodies read of their contexts. */
export interface BodyContext {
  readonly state: ModelState;
  readonly signal: AbortSignal;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  readonly inputs?: Readonly<Record<string, unknown>>;
}
export interface HandlerContext extends BodyContext {
  readonly error: unknown;
  readonly failed: string;
}

/** One call of a handler, as the handler saw it. */
export interface Handling {
  readonly handler: string;
  readonly failed: string;
  readonly error: unknown;
  readonly state: ModelState;
}

/** The bodies of one run: they do what the graph says, and write down what they get to see. */
export class Performance implements Gates {
  readonly #graph: ModelGraph;
  readonly #random: Random;
  readonly #gates = new Map<string, () => void>();
  readonly begun: string[] = [];
  readonly seen: Record<string, Seen> = {};
  readonly versions: Record<string, ModelState> = {};
  readonly handlings: Handling[] = [];
  /** Bodies whose signal came while they waited. */
  readonly aborted: string[] = [];
  /** Steps for which something changed under their body while it waited. */
  readonly disturbed: string[] = [];

  constructor(graph: ModelGraph, random: Random) {
    this.#graph = graph;
    this.#random = random;
  }

  waiting(): ReadonlySet<string> {
    return new Set(this.#gates.keys());
  }

  open(key: string): void {
    this.#gates.get(key)?.();
  }

  /** The body of a step: at once, a little later, or when it is let go or told to end. */
  act(name: string, context: BodyContext): unknown {
    this.begun.push(name);
    this.seen[name] = see(context);
    this.versions[name] = copyOf(context.state);
    const step = this.#graph.steps.find((one) => one.name === name)!;
    const mode = this.#random();
    if (mode < 0.2) return this.#behave(step, context);
    return mode < 0.5 ? Promise.resolve().then(() => this.#behave(step, context)) : this.#wait(step, context);
  }

  async #wait(step: ModelStep, context: BodyContext): Promise<unknown> {
    const { signal } = context;
    const early = this.#random() < 0.5;
    if (early) perform(step.writes, context.state);
    const before = early ? undefined : copyOf(context.state);
    await new Promise<void>((resolve) => {
      this.#gates.set(step.name, resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#gates.delete(step.name);
    if (signal.aborted) this.aborted.push(step.name);
    if (signal.aborted && this.#random() < 0.5) throw signal.reason;
    const still = { ...see(context), state: before && copyOf(context.state) };
    if (JSON.stringify(still) !== JSON.stringify({ ...this.seen[step.name], state: before }))
      this.disturbed.push(step.name);
    return this.#behave(early ? { ...step, writes: [] } : step, context);
  }

  #behave({ name, behaviour, writes }: ModelStep, { state }: BodyContext): unknown {
    perform(writes, state);
    if (behaviour === 'fail') throw new Error(name);
    if (behaviour === 'skip') return skip();
    return behaviour === 'stop' ? stop() : `${name}!`;
  }

  /** The body of an `@OnError` method. */
  handle(handler: string, { does, writes }: ModelHandler, { failed, error, state }: HandlerContext): unknown {
    this.handlings.push({ handler, failed, error, state: copyOf(state) });
    perform(writes, state);
    if (does === 'throw') throw new Error(`${handler} of ${failed}`);
    if (does === 'skip') return skip();
    if (does === 'stop') return stop();
    return does === 'recover' ? `${failed}~` : undefined;
  }
}

const see = ({ input, inputs, outputs }: BodyContext): Seen => ({
  input,
  ...(inputs !== undefined && { inputs: { ...inputs } }),
  outputs: { ...outputs },
});
