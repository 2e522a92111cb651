import type { AnyPipeline } from '../../decorators/context.js';
import type { RunResult } from '../run/result.js';
import type { AnyRun } from '../run/run.js';
import type { EventType, RunEvent } from '../run/events.js';
import type { Pipeline } from '../pipeline.js';

/** What an engine may promise beyond what every engine does (SEMANTICS I.6). */
export interface Capabilities {
  /** A slow reader holds the producers to a bounded lead. */
  readonly backPressure: boolean;
  /** After leaving the loop every `finally` has run before the next statement; without it, within two seconds. */
  readonly finallyBeforeNext: boolean;
  /** An each takes an iterable that is no array; without it, it is refused by an error that names the step. */
  readonly lazySources: boolean;
  /** What a step has thrown is the very object under `cause`; without it, its name and message are kept. */
  readonly errorIdentity: boolean;
  /** A lone run is surrounded by the hooks of its instance; without it, the instance is held up by whoever runs it. */
  readonly instanceHooks: boolean;
  /** What a listener of the run throws is an event of the run; without it, it only doesn't change the run. */
  readonly observerErrors: boolean;
  /** The pipeline's own listeners are told of its runs, by `listen`. */
  readonly instanceListeners: boolean;
  /** A second run with the id of a live one is refused; without it, it is that run. */
  readonly refusesLiveId: boolean;
  /** A suspension that has expired is found out by `resume`; without it, the run goes on by itself. */
  readonly expiresAtResume: boolean;
  /** Runs outlive their process, and of two answers to one suspension the first one counts. */
  readonly durable: boolean;
}

/** The name of something that an engine may promise. */
export type Capability = keyof Capabilities;

/** A class of the suite; its plan has the name under which an engine's workers know it. */
export type ConformancePipeline = new () => Pipeline<object>;

/** What a case may say of a run. */
export interface ConformanceOptions {
  readonly id?: string;
  readonly signal?: AbortSignal;
  readonly timeout?: number;
  readonly context?: unknown;
  readonly throwOnFailure?: boolean;
  readonly buffer?: number;
}

/** An engine as the suite sees it: it starts runs and goes on with suspended ones. */
export interface EngineUnderTest {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Milliseconds that one case may take; 10,000 by default. */
  readonly patience?: number;
  /** Milliseconds within which all items have begun that may, wherever they run; 100 by default. */
  readonly latency?: number;
  /** Starts a run. Throws, or rejects with, what `run` throws. */
  start(pipeline: ConformancePipeline, state: object, options?: ConformanceOptions): AnyRun | Promise<AnyRun>;
  /** Goes on with a run that is suspended. Throws, or rejects with, what `resume` throws. */
  resume(
    pipeline: ConformancePipeline,
    suspended: RunResult<AnyPipeline>,
    answers: Readonly<Record<string, unknown>>,
    options?: Omit<ConformanceOptions, 'id'>,
  ): AnyRun | Promise<AnyRun>;
  /** Listens to all runs of a pipeline, where `instanceListeners` is promised; what it returns ends that. */
  listen?(pipeline: ConformancePipeline, type: EventType, listener: (event: RunEvent) => unknown): () => void;
}
