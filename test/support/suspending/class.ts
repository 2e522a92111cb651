import { call, goto, Pipeline, planOf, retry, skip, suspend } from 'stepstream';
import { buildPipeline, type StepSpec } from '../build-class.js';
import { createRandom, type Random } from '../mutate.js';
import type { SuspendingSpec, SuspendingStep } from './spec.js';

/** What the steps of random pipelines change; the order in which parallel ones do is no matter. */
export interface SuspendingState {
  readonly path: string;
  /** Of a child that is going to fail in the first attempt of its step. */
  readonly doomed?: boolean;
  /** Whether it, or what is around it, is doomed: how much of it runs is a matter of time. */
  readonly dropped?: boolean;
  count: number;
  log: string[];
  seen: Record<string, number>;
  /** How often each step has jumped. */
  jumps: Record<string, number>;
}

/** What goes along the edges: what it was made of, and how many rounds that has been through. */
interface Value {
  readonly v: string;
  readonly r: number;
}

interface Context {
  readonly state: SuspendingState;
  readonly input?: unknown;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly index?: number;
  readonly attempt: number;
  usage(usage: { model: string; input: number; output: number }): void;
}

/** How a class plays: which of its steps suspend, in per cent, and how long their bodies take. */
export interface Play {
  readonly seed: number;
  /** Whether a step that would suspend returns its answer at once. */
  readonly straight: boolean;
  readonly often: number;
}

/** By place; only those that a step runs. */
type Children = readonly (SuspendingClass | undefined)[];

export type SuspendingClass = new () => Pipeline<SuspendingState>;

/** Makes the class of a random pipeline. Whoever makes it of the same data makes the same class, in any process. */
export function suspendingClass(spec: SuspendingSpec, play: Play, name = 'suspending'): SuspendingClass {
  const children = spec.children.map((child, place) =>
    spec.steps.some((step) => step.child === place) ? suspendingClass(child, play, `${name}-${place}`) : undefined,
  );
  const made = toClass(spec, play, name, children);
  // Behind a loop a step would run once per round, and several of its visits at once: their order is a matter of time.
  const repeating = planOf(made).steps.flatMap((step) => (step.repeats ? [step.name] : []));
  if (repeating.length === 0) return made;
  const joined = spec.steps.map((step) => (repeating.includes(step.name) ? { ...step, join: 'all' as const } : step));
  return toClass({ ...spec, steps: joined }, play, name, children);
}

function toClass(spec: SuspendingSpec, play: Play, name: string, children: Children): SuspendingClass {
  class WithChildren extends Pipeline<SuspendingState> {
    readonly child0 = children[0] && new children[0]();
    readonly child1 = children[1] && new children[1]();
  }
  const random = createRandom(play.seed + name.length);
  const bodies = spec.steps.map((step) => new Body(step, spec, play, random));
  return buildPipeline({
    name: 'Suspending',
    extends: WithChildren,
    pipeline: { name, merge: { log: 'append', count: 'sum' } },
    steps: bodies.map((body) => body.toStep(children)),
    handlers: bodies.filter(({ step }) => step.handled).map((body) => body.toHandler()),
  });
}

class Body {
  readonly step: SuspendingStep;
  readonly #spec: SuspendingSpec;
  readonly #play: Play;
  readonly #random: Random;

  constructor(step: SuspendingStep, spec: SuspendingSpec, play: Play, random: Random) {
    this.step = step;
    this.#spec = spec;
    this.#play = play;
    this.#random = random;
  }

  toStep(children: Children): StepSpec {
    const { step } = this;
    const { name, kind, to, cases, goto: back, join, attempts, handled, concurrency, child, perItem } = step;
    const options = {
      ...(cases && { cases: Object.fromEntries(cases.map((target, place) => [`k${place}`, target])) }),
      ...(back && { goto: back }),
      ...(attempts && { retry: attempts }),
      ...(handled && { onError: `on_${name}` }),
      ...(concurrency && { concurrency }),
      ...(kind === 'sub' && { of: () => children[child!] }),
      ...(perItem && { each: true }),
    };
    const act = (context: Context, instance: object): unknown => this.#act(context, instance as Family);
    const streams = kind === 'streaming' || (kind === 'each' && name > 'd');
    const tokens = (context: Context): string[] => this.#tokens(context);
    const body = streams
      ? {
          async *[name](this: object, context: Context): AsyncGenerator<string, unknown> {
            yield* tokens(context);
            return await act(context, this);
          },
        }[name]
      : {
          [name](this: object, context: Context): unknown {
            return act(context, this);
          },
        }[name];
    return { name, kind, ...(to.length > 0 && { to }), ...(join && { join }), options, body };
  }

  toHandler(): { name: string; body: (context: never) => unknown } {
    const { name } = this.step;
    const body = ((context: Context): unknown => {
      context.state.count += 100;
      return this.#value(this.#id(context), roundOf(givenTo(context)), '~');
    }) as (context: never) => unknown;
    return { name: `on_${name}`, body: { [`on_${name}`]: (context: never) => body(context) }[`on_${name}`] };
  }

  /** At once, or a little later. */
  #act(context: Context, instance: Family): unknown {
    const turns = Math.floor(this.#random() * 4);
    if (turns === 0) return this.#behave(context, instance);
    return after(turns).then(() => this.#behave(context, instance));
  }

  #behave(context: Context, instance: Family): unknown {
    const { step } = this;
    const { state, attempt, usage, index } = context;
    const id = this.#id(context);
    const round = roundOf(givenTo(context));
    if (step.attempts !== undefined && attempt === 1 && chance(id, 'again') < 40)
      return chance(id, 'how') < 50 ? retry() : fail(id);
    if (step.handled && chance(id, 'fails') < 50) return fail(id);
    if (state.doomed && this.#isLast) return fail(id);
    if (!state.dropped) usage({ model: step.kind, input: 1, output: chance(id, 'usage') });
    state.log.push(id);
    state.count += 1;
    state.seen[digest(id)] = round;
    const jumps = state.jumps[step.name] ?? 0;
    if (step.goto !== undefined && jumps < 2 && chance(id, 'goto') < 60) {
      state.jumps[step.name] = jumps + 1;
      return goto(step.goto, { v: digest(id), r: round + 1 });
    }
    if (chance(id, 'skip') < 5) return skip();
    if (step.kind === 'sub') {
      const doomed = step.attempts !== undefined && attempt === 1 && chance(id, 'doomed') < 50;
      const fate = { ...(doomed && { doomed }), ...((doomed || state.dropped) && { dropped: true }) };
      const start = { path: `${id}/`, ...fate, count: 0, log: [], seen: {}, jumps: {} };
      return call(step.child === 0 ? instance.child0 : instance.child1, start);
    }
    const value = this.#value(id, round, index === undefined ? '!' : '.');
    return this.#play.straight || chance(id, 'suspend') >= this.#play.often ? value : suspend({ answer: value });
  }

  get #isLast(): boolean {
    const { kind, to, handled } = this.step;
    return kind !== 'switch' && kind !== 'sub' && to.length === 0 && handled !== true;
  }

  /** Who it is: the way that has led here, and what it is given. */
  #id(context: Context): string {
    const index = context.index === undefined ? '' : `[${context.index}]`;
    return `${context.state.path}${this.step.name}${index}(${digest(givenTo(context))})`;
  }

  #tokens(context: Context): string[] {
    const id = this.#id(context);
    return Array.from({ length: chance(id, 'tokens') % 4 }, (_, place) => `${digest(id)}:${context.attempt}.${place} `);
  }

  /** A list where a step behind it runs per item; of a switch its key. */
  #value(id: string, r: number, mark: string): unknown {
    const { cases, to, kind } = this.step;
    if (kind === 'switch') return `k${chance(id, 'case') % cases!.length}`;
    const behind = this.#spec.steps.filter(({ name }) => to.includes(name));
    const v = `${digest(id)}${mark}`;
    const many = behind.some((step) => step.kind === 'each' || step.perItem) && mark !== '.';
    if (!many) return { v, r };
    return Array.from({ length: chance(id, 'size') % 4 }, (_, place) => ({ v: `${v}${place}`, r }));
  }
}

/** A child is found among the fields of its parent. */
interface Family {
  readonly child0: Pipeline<SuspendingState>;
  readonly child1: Pipeline<SuspendingState>;
}

const givenTo = ({ item, inputs, input }: Context): unknown => item ?? inputs ?? input ?? null;

const fail = (id: string): never => {
  throw new Error(`${id} fails`);
};

const after = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** The most rounds that anything in a value has been through. */
function roundOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = (value as Partial<Value>).r;
  return Math.max(typeof own === 'number' ? own : 0, ...Object.values(value).map(roundOf));
}

/** From 0 to 99, by what is asked of whom. */
const chance = (id: string, what: string): number => parseInt(digest(`${what} ${id}`).slice(1), 36) % 100;

/** A short text that stands for a value; the order of keys and of what parallel steps have logged is no matter. */
export function digest(value: unknown): string {
  const text = JSON.stringify(canonical(value));
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return `x${(hash >>> 0).toString(36)}`;
}

/** A value with its keys in order, and what parallel steps have logged. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, field]) => [key, key === 'log' ? [...(field as string[])].sort() : canonical(field)]),
  );
}
