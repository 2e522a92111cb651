import type { Pipeline } from '../../src/pipeline.js';
import { call, goto, retry, skip, stop, suspend } from '../../src/run/directives.js';
import { keyOf, visitOf } from './current-key.js';
import { actOf, failuresOf, valueOf, type Place } from './model-behaviour.js';
import { copyOf, perform } from './model-changes.js';
import type { ModelGraph, ModelHandler, ModelState, ModelStep } from './model-graph.js';
import type { Seen } from './model-run.js';
import type { Random } from './random.js';
import type { Gates } from './shuffled-engine.js';

/** What the bodies read of their contexts. */
export interface BodyContext {
  readonly state: ModelState;
  readonly signal: AbortSignal;
  emit(name: string): void;
  readonly attempt: number;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly index?: number;
}
export interface HandlerContext extends BodyContext {
  readonly error: unknown;
  readonly failed: string;
}

/** One call of a handler, as the handler saw it. */
export interface Handling {
  readonly key: string;
  readonly handler: string;
  readonly failed: string;
  readonly error: unknown;
  readonly state: ModelState;
}

/** One call of a body, as the body saw it. */
export interface BodyCall {
  readonly key: string;
  readonly attempt: number;
  readonly seen: Seen;
}

/** The instance, with its children in fields. */
type Children = Readonly<Record<string, Pipeline<ModelState>>>;

/** The bodies of one run: they do what the graph says, and write down what they get to see. */
export class Performance implements Gates {
  readonly #random: Random;
  readonly #gates = new Map<string, () => void>();
  /** Let go: further attempts don't wait. */
  readonly #opened = new Set<string>();
  readonly calls: BodyCall[] = [];
  readonly handlings: Handling[] = [];
  /** Bodies whose signal came while they waited. */
  readonly aborted: string[] = [];
  /** Activations for which something changed under their body while it waited. */
  readonly disturbed: string[] = [];
  /** Bodies that have begun and not ended. */
  running = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  waiting(): ReadonlySet<string> {
    return new Set(this.#gates.keys());
  }

  begin(key: string): void {
    this.#opened.delete(key);
  }

  open(key: string): void {
    this.#opened.add(key);
    this.#gates.get(key)?.();
  }

  /** The body of a step: at once, a little later, or when it is let go or told to end. */
  act(graph: ModelGraph, step: ModelStep, context: BodyContext, children: Children): unknown {
    const place = this.#begin(graph, step, context);
    const mode = this.#random();
    if (mode < 0.2) return this.#behave(place, context, children, false);
    const behave = (early: boolean): unknown => this.#behave(place, context, children, early);
    return this.#run(async () => behave(mode >= 0.5 && (await this.#wait(place, context))));
  }

  async #run(body: () => Promise<unknown>): Promise<unknown> {
    this.running++;
    try {
      return await body();
    } finally {
      this.running--;
    }
  }

  /** As `act`, with tokens before it waits and after. */
  async *stream(
    graph: ModelGraph,
    step: ModelStep,
    context: BodyContext,
    children: Children,
  ): AsyncGenerator<string, unknown> {
    const place = this.#begin(graph, step, context);
    const tokens = tokensOf(place, context.attempt);
    const first = Math.floor(this.#random() * (tokens.length + 1));
    this.running++;
    try {
      yield* tokens.slice(0, first);
      const early = this.#random() < 0.7 && (await this.#wait(place, context));
      yield* tokens.slice(first);
      return this.#behave(place, context, children, early);
    } finally {
      this.running--;
    }
  }

  #begin(graph: ModelGraph, step: ModelStep, context: BodyContext): Place {
    const key = keyOf(context);
    this.calls.push({ key, attempt: context.attempt, seen: see(context) });
    return { graph, step, key, ...visitOf(key) };
  }

  /** Says whether it has written already. */
  async #wait(place: Place, context: BodyContext): Promise<boolean> {
    const { key } = place;
    const { signal } = context;
    const early = this.#random() < 0.5;
    if (early) perform(actOf(place).writes, context.state);
    if (this.#opened.has(key)) return early;
    const before = JSON.stringify(see(context));
    const late = signal.aborted;
    await new Promise<void>((resolve) => {
      this.#gates.set(key, resolve);
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#gates.delete(key);
    if (signal.aborted && !late) this.aborted.push(key);
    if (signal.aborted && this.#random() < 0.5) throw signal.reason;
    if (JSON.stringify(see(context)) !== before) this.disturbed.push(key);
    return early;
  }

  #behave(place: Place, { state, attempt }: BodyContext, children: Children, written: boolean): unknown {
    const { step, key, graph } = place;
    const { does, writes, again, target, bare, size, key: route } = actOf(place);
    if (!written) perform(writes, state);
    if (attempt <= failuresOf(place)) {
      if (again === 'retry' && step.attempts) return retry();
      throw new Error(key);
    }
    if (does === 'skip') return skip();
    if (does === 'stop') return stop();
    if (does === 'suspend') return suspend({ of: key });
    if (does === 'goto') return bare ? goto(target!) : goto(target!, valueOf(place, '>', size));
    if (step.kind === 'switch') return route;
    if (step.kind !== 'sub') return valueOf(place, '!', size);
    return call(children[`child${step.child}`], { ...copyOf(graph.children![step.child!].state), caller: key });
  }

  /** The body of an `@OnError` method. */
  handle(
    graph: ModelGraph,
    handler: string,
    { does, writes, target, key: route }: ModelHandler,
    context: HandlerContext,
  ): unknown {
    const { failed, error, state } = context;
    const key = keyOf(context);
    this.handlings.push({ key, handler, failed, error, state: copyOf(state) });
    perform(writes, state);
    if (does === 'throw') throw new Error(`${handler} of ${failed}`);
    if (does === 'skip') return skip();
    if (does === 'stop') return stop();
    const step = graph.steps.find(({ name }) => name === failed)!;
    const value = (): unknown => valueOf({ graph, step, key, ...visitOf(key) }, '~');
    if (does === 'goto') return goto(target!, value());
    return does === 'recover' ? (route ?? value()) : undefined;
  }
}

/** What a streaming step yields in one attempt. */
export const tokensOf = (place: Place, attempt: number): string[] =>
  Array.from({ length: actOf(place).tokens ?? 0 }, (_, i) => `${place.key}.${attempt}.${i} `);

const see = ({ input, inputs, item, index, outputs, state }: BodyContext): Seen => ({
  input,
  ...(inputs !== undefined && { inputs: { ...inputs } }),
  ...(index !== undefined && { item, index }),
  outputs: { ...outputs },
  state: copyOf(state),
});
