import type { AnyPipeline } from '../../decorators/context.js';
import type { Run } from '../run/run.js';
import type { RunStore } from './run-store.js';

/** What was said of a run where it was started; the options of `run()`. */
export interface RunOrder {
  readonly id?: string;
  readonly signal?: AbortSignal;
  readonly timeout?: number;
  readonly context?: unknown;
  readonly throwOnFailure?: boolean;
  readonly store?: RunStore;
  readonly buffer?: number;
}

/** Executes runs somewhere else than where `run()` was called. Both return at once; what goes wrong later is the failure of the run. */
export interface Elsewhere {
  run<P extends AnyPipeline>(pipeline: P, state: object, order: RunOrder): Run<P>;
  /** Throws for what is no checkpoint. */
  resume<P extends AnyPipeline>(pipeline: P, checkpoint: unknown, answers: unknown, order: RunOrder): Run<P>;
}

/** An engine that lives as long as an application: that has the pipelines, and says when. */
export interface RunEngine extends Elsewhere {
  /** Whether this process executes runs. */
  readonly works: boolean;
  /** Whether `run()` starts runs on the workers. */
  readonly starts: boolean;
  /** Whether the runs of this class are its business. */
  has(pipelineClass: object): boolean;
  /** Begins, with the one instance of each class; rejects if it can't. */
  open(pipelines: readonly AnyPipeline[]): Promise<void>;
  /** Lets runs end for `drain` milliseconds, and leaves the others to other processes. */
  close(drain: number): Promise<void>;
}
