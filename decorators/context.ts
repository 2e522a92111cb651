/** Token counts of one model call, in the provider's tokens. */
export interface Usage {
  /** The model that was called; usage is also summed per model. */
  readonly model?: string;
  readonly input: number;
  readonly output: number;
}

/**
 * What every step method gets, whatever its kind. Take members by name: they are made when they are asked for, so a
 * spread or a rest (`{ state, ...rest }`) has none of them.
 */
export interface BaseContext<State, Context> {
  /** This step's own copy of the run's state: change it freely, it is committed when the step succeeds. */
  readonly state: State;
  /** What the caller passed as `context`: request or tenant data, read-only. */
  readonly context: Context;
  /** Aborted when this attempt should end: pass it to every client that takes one. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt, counted up by retries. */
  readonly attempt: number;
  readonly runId: string;
  readonly step: string;
  /** The outputs of all steps that had ended when this one started, by step name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Sends a `custom` event; `data` is plain data. */
  emit(this: void, name: string, data?: unknown): void;
  /** Adds to the usage of the run, which is kept whatever the outcome. */
  usage(this: void, usage: Usage): void;
}

/** The context of a plain or streaming step, and of a switch: `input` is the output of the step before it. */
export interface StepContext<State, Input = unknown, Context = unknown> extends BaseContext<State, Context> {
  readonly input: Input;
}

/** The context of a join: `inputs` holds the output of each step that arrived, by step name. */
export interface JoinContext<State, Inputs extends object, Context = unknown> extends BaseContext<State, Context> {
  readonly inputs: Inputs;
}

/**
 * The context of a step that runs once per item of its input: `input` is the whole of it, an array or something lazy. Who
 * needs the array itself says so: `Each<this, Hit, Hit[]>`.
 */
export interface EachContext<
  State,
  Item,
  Context = unknown,
  Input = Iterable<Item> | AsyncIterable<Item>,
> extends BaseContext<State, Context> {
  readonly item: Item;
  /** The place of the item in the input, from 0. */
  readonly index: number;
  readonly input: Input;
}

/** The context of an `@OnError` method: what failed, and why. */
export interface ErrorContext<State, Context = unknown> extends BaseContext<State, Context> {
  /** What the step threw, untouched. */
  readonly error: unknown;
  /** The name of the step that failed. */
  readonly failed: string;
  /** The item and its place, where the step runs per item and this is its own handler. */
  readonly item?: unknown;
  readonly index?: number | undefined;
}

/** What a lifecycle hook of the instance gets. */
export interface HookContext {
  /** Aborted when the hook has used up its `hookTimeout`, or nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** How a run ended, as its `{ per: 'run' }` shutdown hooks see it. */
export interface Outcome {
  readonly status: 'success' | 'failed' | 'cancelled' | 'timeout' | 'suspended';
  readonly error?: Error;
  readonly text: string;
  readonly usage: { readonly input: number; readonly output: number };
}

/** What a hook with `{ per: 'run' }` gets: the run without a step, and at shutdown how it ended. */
export interface RunContext<State, Context = unknown> extends HookContext {
  readonly state: State;
  readonly context: Context;
  readonly runId: string;
  /** Only at shutdown. */
  readonly outcome?: Outcome;
}

/** Any pipeline, seen by its type brand only (structural, so two copies of the package agree). */
export interface AnyPipeline {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: every state and context must fit
  readonly '~types': { readonly state: any; readonly context: any };
}

/** The state of a pipeline class. */
export type StateOf<P> = P extends { readonly '~types': { readonly state: infer S } } ? S : never;
/** The caller's context of a pipeline class. */
export type ContextOf<P> = P extends { readonly '~types': { readonly context: infer C } } ? C : never;

/** The context of a step: `Ctx<this>`, `Ctx<this, Input>`; outside the class `Ctx<Rag, string>`. */
export type Ctx<P extends AnyPipeline, Input = unknown> = StepContext<
  P['~types']['state'],
  Input,
  P['~types']['context']
>;
/** The context of a join: `Join<this, { web: Hit[]; docs: Hit[] }>`. */
export type Join<P extends AnyPipeline, Inputs extends object> = JoinContext<
  P['~types']['state'],
  Inputs,
  P['~types']['context']
>;
/** The context of an each: `Each<this, Item>`. */
export type Each<
  P extends AnyPipeline,
  Item,
  Input extends Iterable<Item> | AsyncIterable<Item> = Iterable<Item> | AsyncIterable<Item>,
> = EachContext<P['~types']['state'], Item, P['~types']['context'], Input>;
/** The context of an `@OnError` method: `Failure<this>`. */
export type Failure<P extends AnyPipeline> = ErrorContext<P['~types']['state'], P['~types']['context']>;
