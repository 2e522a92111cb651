import type { StartOptions } from './start-options.js';

/** When runs of a pipeline begin by themselves. */
export interface Schedule extends Pick<StartOptions, 'context' | 'partition' | 'priority' | 'timeout'> {
  /** Five fields, from minute to day of the week, or six that begin with the second: `0 3 * * 1-5`, `@daily`. */
  readonly cron: string;
  /** In which the cron is meant: `Europe/Berlin`. `UTC` by default, wherever the worker is. */
  readonly timezone?: string;
  /** The state that a run begins with, or what makes it from the time for which it is scheduled. */
  readonly state: object | ((at: Date) => object | Promise<object>);
  /** Tells several schedules of a pipeline apart, and is part of the ids of the runs. `schedule` by default. */
  readonly name?: string;
}

/** A schedule as workers and DBOS know it. */
export interface KnownSchedule {
  readonly pipeline: string;
  readonly fingerprint: string;
  /** `digest/nightly`: of all schedules of the database. */
  readonly key: string;
  /** Of those who can make its runs begin. */
  readonly queue: string;
  readonly schedule: Schedule;
}

/** The run of a schedule for a time: one, however many workers see that it has come. */
export const scheduledRunId = ({ key }: KnownSchedule, at: Date): string => `${key}@${at.toISOString()}`;
