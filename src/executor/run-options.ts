import type { RunStore } from '../ports/run-store.js';

/** What a caller may say of one run. */
export interface RunOptions<Context = unknown> {
  /** The id of the run; a random one by default. Two live runs of an instance can't share one. */
  readonly id?: string;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal;
  /** Milliseconds from the start of the first step; the run then ends as `timeout`. None by default. */
  readonly timeout?: number;
  /** Request or tenant data for the steps, read-only. */
  readonly context?: Context;
  /** `false` makes `result` resolve and iterators end for every outcome. `true` by default. */
  readonly throwOnFailure?: boolean;
  /** Keeps a record of the run, and lets one caller alone resume it. None by default. */
  readonly store?: RunStore;
  /** How many events are kept for late iterators, and how far producers may be ahead. 0 and 64 by default. */
  readonly buffer?: number;
}

/** What a caller may say of one segment of a run, which has its id already. */
export type ResumeOptions<Context = unknown> = Omit<RunOptions<Context>, 'id'>;

/** The options are required where the class demands a context. */
export type WithContext<Context, Options = RunOptions<Context>> = unknown extends Context
  ? [options?: Options]
  : [options: Options & { readonly context: Context }];
