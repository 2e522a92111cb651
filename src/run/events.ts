import type { AnyPipeline, Usage } from '../../decorators/context.js';
import type { AnyStep, Open, OutputOf, StepName, StreamingStepName, TokenOf } from '../../decorators/outputs.js';
import type { PatchOperation } from '../state/patch.js';
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

interface StepEventBase<K> extends EventBase {
  readonly step: K;
  /** Where the step is nested: the segments of its key without the last. */
  readonly path: readonly string[];
  /** 1 for the first visit of the step in this run. */
  readonly visit: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The item, where the step runs per item. */
  readonly index?: number;
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
  readonly why: 'retry' | 'handler' | 'lost' | 'failed';
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
/** A step has ended well: by itself, or through its handler. */
export interface StepEnd<K, O> extends StepEventBase<K>, Timed {
  readonly type: 'step-end';
  readonly status: 'done' | 'recovered';
  readonly output: O;
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
/** The last event of every run. */
export interface RunEnd<P> extends EventBase, Timed {
  readonly type: 'run-end';
  readonly status: RunStatus;
  readonly ledger: Ledger<P>;
  readonly error?: PlainError;
}

/** The tokens of a pipeline, each with the yield type of its step. */
export type TokenEvent<P> =
  Open<P> extends true
    ? Token<string, unknown>
    : { [K in StreamingStepName<P>]: Token<K, TokenOf<P, K>> }[StreamingStepName<P>];
/** The ends of a pipeline's steps, each with the output type of its step. */
export type StepEndEvent<P> =
  Open<P> extends true ? StepEnd<string, unknown> : { [K in StepName<P>]: StepEnd<K, OutputOf<P, K>> }[StepName<P>];

/** Everything that a run of `P` can tell: plain data, discriminated by `type`. */
export type RunEvent<P = AnyPipeline> =
  | RunStart
  | HookStart
  | HookEnd
  | StepStart<AnyStep<P>>
  | TokenEvent<P>
  | TokenReset<AnyStep<P>>
  | StepRetry<AnyStep<P>>
  | StepErrorEvent<AnyStep<P>>
  | StepEndEvent<P>
  | StepSkip<AnyStep<P>>
  | StepCancel<AnyStep<P>>
  | JoinEvent<AnyStep<P>>
  | StateChange<AnyStep<P>>
  | UsageEvent<AnyStep<P>>
  | CustomEvent<AnyStep<P>>
  | ObserverError
  | RunEnd<P>;

/** The name of an event, as listeners give it. */
export type EventType = RunEvent['type'];
/** The events of one type, in the types of one pipeline. */
export type EventOf<P, T extends EventType> = Extract<RunEvent<P>, { readonly type: T }>;
