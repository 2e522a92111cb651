import type { AnyPipeline } from '../../../decorators/context.js';
import type { Schedule } from './schedule.js';

/** How many runs may begin in a while. */
export interface RateLimit {
  /** So many … */
  readonly limit: number;
  /** … in so many milliseconds. */
  readonly per: number;
}

/** How the runs of one pipeline are spread; all limits but the first hold for all workers together. */
export interface QueueLimits {
  /** How many runs this worker has at once. 32 by default, or all that `globalConcurrency` allows. */
  readonly concurrency?: number;
  readonly globalConcurrency?: number;
  readonly rate?: RateLimit;
  /** Of the runs with the same `partition`. */
  readonly partitionConcurrency?: number;
  /** Of the runs with the same `partition`. */
  readonly partitionRate?: RateLimit;
}

/** How the items of distributed eaches are spread: each worker takes 32 at once by default. */
export type ItemLimits = Pick<QueueLimits, 'concurrency' | 'globalConcurrency' | 'rate'>;

/** A pipeline that a worker runs, how many runs of it, and which begin by themselves. */
export interface WorkerPipeline extends QueueLimits {
  readonly pipeline: AnyPipeline;
  /** Of the items of its distributed eaches, which count beside its runs. */
  readonly items?: ItemLimits;
  /**
   * When runs begin by themselves: one for each time, however many workers there are. Those of the last worker to start
   * count; without this option the pipeline keeps those that it has, and an empty list ends them.
   */
  readonly schedules?: readonly Schedule[];
}

/** What a worker needs. */
export interface WorkerOptions {
  /** Of a PostgreSQL database: `postgres://user:password@host/database`. */
  readonly databaseUrl: string;
  /** Instances; each is opened with the worker and closed with it. */
  readonly pipelines: readonly (AnyPipeline | WorkerPipeline)[];
  /** How often the process may die under a run before that is given up. 5 by default. */
  readonly maxRecoveryAttempts?: number;
  /** Told of what goes wrong beside the runs, and heals or is tried again. Nobody by default. */
  readonly onError?: (error: unknown) => void;
  /** How soon the death of another worker is seen. */
  readonly failover?: FailoverOptions;
}

/** Milliseconds; what is shorter costs more questions to the database. */
export interface FailoverOptions {
  /** Between two signs of life. 2,000 by default. */
  readonly heartbeat?: number;
  /** Without a sign of life before a worker that seems to be there counts as frozen. 15,000 by default. */
  readonly frozenAfter?: number;
  /** Between two looks at the others. 500 by default. */
  readonly lookEvery?: number;
}
