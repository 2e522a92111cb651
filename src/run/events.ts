import type { AnyPipeline, Usage } from '../../decorators/context.js';
import type { Family } from '../../decorators/family.js';
import type {
  AnyStep,
  IsEach,
  ItemOutput,
  Method,
  Open,
  OutputOf,
  StepName,
  StreamingStepName,
  TokenOf,
} from '../../decorators/outputs.js';
import type { AskOf, SuspendingStep } from '../../decorators/suspending.js';
import type { PatchOperation } from '../state/patch.js';
import type { Checkpoint } from './checkpoint.js';
import type { Ledger, RunStatus } from './ledger.js';
import type { PlainError } from './plain-error.js';

interface EventBase {
  /** The version of the event format. */
  readonly v: 1;
  readonly runId: string;
  /** 1, 2, 3 … within the run, without gaps. */
  readonly seq: number;
  readonly pipeline: string;
}

/** On all events but tokens. */
interface Timed {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface StepEventBase<K, Index = number | undefined> extends EventBase {
  readonly step: K;
  /** Where the step is nested: the segments of its key without the last. */
  readonly path: readonly string[];
  /** 1 for the first visit of the step in this run. */
  readonly visit: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The item, where the step runs per item; an each as a whole has none. */
  readonly index?: Index;
}

/** The run has begun; a resumed run says which segment it is. */
export interface RunStart extends EventBase, Timed {
  readonly type: 'run-start';
  readonly segment: number;
}
interface HookFacts extends EventBase, Timed {
  readonly hook: string;
  readonly phase: 'startup' | 'shutdown';
  readonly per: 'instance' | 'run';
}
/** A lifecycle hook has begun. */
export interface HookStart extends HookFacts {
  readonly type: 'hook-start';
}
/** A lifecycle hook has ended, with what it threw if it failed. */
export interface HookEnd extends HookFacts {
  readonly type: 'hook-end';
  readonly error?: PlainError;
}
/** A step has begun its first attempt. */
export interface StepStart<K> extends StepEventBase<K>, Timed {
  readonly type: 'step-start';
}
/** One value that a streaming step has yielded. */
export interface Token<K, T> extends StepEventBase<K> {
  readonly type: 'token';
  readonly value: T;
}
/** Tokens of this step with `from <= seq <= to` no longer count: forget them before you read on. */
export interface TokenReset<K> extends StepEventBase<K>, Timed {
  readonly type: 'token-reset';
  readonly from: number;
  readonly to: number;
  /** `restart`: its process has died, or lost the run, and the step begins again in another. */
  readonly why: 'retry' | 'handler' | 'lost' | 'failed' | 'restart';
}
/** An attempt has failed and another follows after `delay` milliseconds; `attempt` is the failed one. */
export interface StepRetry<K> extends StepEventBase<K>, Timed {
  readonly type: 'step-retry';
  readonly error: PlainError;
  readonly delay: number;
}
/** A step's attempts have failed; `handled` says that a handler is tried now. Unhandled it is the step's end. */
export interface StepErrorEvent<K> extends StepEventBase<K>, Timed {
  readonly type: 'step-error';
  readonly error: PlainError;
  readonly handled: boolean;
}
/** A step has ended well: by itself, or through its handler. Of an each that is every item, and then the whole. */
export interface StepEnd<K, O, Index = number | undefined> extends StepEventBase<K, Index>, Timed {
  readonly type: 'step-end';
  readonly status: 'done' | 'recovered';
  readonly output: O;
}
/** One item of an each has ended well. */
export interface ItemEnd<K, O> extends StepEnd<K, O, number> {
  readonly index: number;
}
/** A step waits for an answer. Its `step-end` comes in the segment that goes on with one. */
export interface StepSuspend<K, A> extends StepEventBase<K>, Timed {
  readonly type: 'step-suspend';
  readonly ask: A;
  /** Milliseconds since the epoch until which an answer is taken. */
  readonly expiresAt?: number;
}
/** A step has returned `skip()`. */
export interface StepSkip<K> extends StepEventBase<K>, Timed {
  readonly type: 'step-skip';
}
/** A step was decided against while it ran: the run ends, or its branch has lost. */
export interface StepCancel<K> extends StepEventBase<K>, Timed {
  readonly type: 'step-cancel';
  readonly why: 'cancelled' | 'lost' | 'abandoned';
}
/** A join is decided: it runs with what arrived, or is dead. */
export interface JoinEvent<K> extends EventBase, Timed {
  readonly type: 'join';
  readonly step: K;
  readonly path: readonly string[];
  readonly arrived: readonly string[];
  readonly dead: readonly string[];
}
/** What one commit has changed, as RFC 6902 operations. Made only if somebody listens. */
export interface StateChange<K> extends StepEventBase<K>, Timed {
  readonly type: 'state-change';
  readonly patch: readonly PatchOperation[];
}
/** A model call's token counts, as the step reported them. */
export interface UsageEvent<K> extends StepEventBase<K>, Timed {
  readonly type: 'usage';
  readonly usage: Usage;
}
/** What a step sent with `emit`. */
export interface CustomEvent<K> extends StepEventBase<K>, Timed {
  readonly type: 'custom';
  readonly name: string;
  readonly data: unknown;
}
/** A listener has thrown or rejected; the run goes on. */
export interface ObserverError extends EventBase, Timed {
  readonly type: 'observer-error';
  readonly error: PlainError;
  /** The event type that was being told. */
  readonly during: string;
}
/** The last event of every run, and of every segment of a run that suspends. */
export interface RunEnd<P> extends EventBase, Timed {
  readonly type: 'run-end';
  readonly status: RunStatus;
  readonly ledger: Ledger<P>;
  readonly error?: PlainError;
  /** Of a suspended run: what `resume` goes on from. */
  readonly checkpoint?: Checkpoint;
}

// A run tells the events of its sub-pipelines too. So the types below ask for the whole family of a class, which is the
// class alone unless a step returns `call()`: with `Rag` and a child `Web`, `event.step` is a step of one of the two, and
// tokens and outputs have the types of that step, or of both where they share its name.

type TokenIn<P> = P extends unknown
  ? Open<P> extends true
    ? Token<string, unknown>
    : { [K in StreamingStepName<P>]: Token<K, TokenOf<P, K>> }[StreamingStepName<P>]
  : never;

type EndOf<P, K extends StepName<P>> = P[K] extends Method
  ? IsEach<P[K]> extends true
    ? ItemEnd<K, ItemOutput<P[K]>> | StepEnd<K, OutputOf<P, K>, undefined>
    : StepEnd<K, OutputOf<P, K>, undefined>
  : never;

type StepEndIn<P> = P extends unknown
  ? Open<P> extends true
    ? StepEnd<string, unknown>
    : { [K in StepName<P>]: EndOf<P, K> }[StepName<P>]
  : never;

type StepSuspendIn<P> = P extends unknown
  ? Open<P> extends true
    ? StepSuspend<string, unknown>
    : { [K in SuspendingStep<P>]: StepSuspend<K, AskOf<P, K>> }[SuspendingStep<P>]
  : never;

type StepIn<P> = P extends unknown ? AnyStep<P> : never;

/** The tokens of a pipeline, each with the yield type of its step. */
export type TokenEvent<P> = TokenIn<Family<P>>;
/** What the streaming step K yields, also one of a sub-pipeline; of several with that name, what any of them yields. */
export type TokenValue<P, K extends string> = ValueOf<TokenEvent<P>, K>;
type ValueOf<Event, K> =
  Event extends Token<infer Step, infer Value> ? (K & Step extends never ? never : Value) : never;
/** The ends of a pipeline's steps, each with the output type of its step; of an each, `index` tells an item from the whole. */
export type StepEndEvent<P> = StepEndIn<Family<P>>;
/** The suspensions of a pipeline's steps, each with what its step asks. */
export type StepSuspendEvent<P> = StepSuspendIn<Family<P>>;

type EventIn<K> =
  | RunStart
  | HookStart
  | HookEnd
  | StepStart<K>
  | TokenReset<K>
  | StepRetry<K>
  | StepErrorEvent<K>
  | StepSkip<K>
  | StepCancel<K>
  | JoinEvent<K>
  | StateChange<K>
  | UsageEvent<K>
  | CustomEvent<K>
  | ObserverError;

/** Everything that a run of `P` can tell: plain data, discriminated by `type`. */
export type RunEvent<P = AnyPipeline> =
  EventIn<StepIn<Family<P>>> | TokenEvent<P> | StepEndEvent<P> | StepSuspendEvent<P> | RunEnd<P>;

/** The name of an event, as listeners give it. */
export type EventType = RunEvent['type'];
/** The events of one type, in the types of one pipeline. */
export type EventOf<P, T extends EventType> = Extract<RunEvent<P>, { readonly type: T }>;
