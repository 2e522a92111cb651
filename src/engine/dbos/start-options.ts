import type { WithContext } from '../../executor/run-options.js';

/** What a caller may say of a run that workers execute. */
export interface StartOptions<Context = unknown> {
  /** The id of the run; a random one by default. If there is a run of this id already, that is what is returned. */
  readonly id?: string;
  /** 0, the default, goes first; up to 2,147,483,647. */
  readonly priority?: number;
  /** Milliseconds until it may begin. */
  readonly delay?: number;
  /** Milliseconds from the start of its first step, across the processes that execute it; it then ends as `timeout`. */
  readonly timeout?: number;
  /** While a run with this id is queued or runs, that is what is returned. */
  readonly deduplicationId?: string;
  /** Limits of partitions count runs that say the same here. */
  readonly partition?: string;
  /** Request or tenant data for the steps, read-only; plain data. */
  readonly context?: Context;
  /** `false` makes `result` resolve and iterators end for every outcome. `true` by default. */
  readonly throwOnFailure?: boolean;
}

/** The options are required where the class demands a context. */
export type StartWith<Context> = WithContext<Context, StartOptions<Context>>;
