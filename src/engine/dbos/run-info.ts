import type { ListedRow } from '../postgres/list-runs.js';
import type { RunRow } from '../postgres/run-row.js';

/** What a list shows of a run on the engine. */
export interface RunInfo {
  readonly runId: string;
  /** The name of the pipeline. */
  readonly pipeline: string;
  /** Of the plan that runs it. */
  readonly fingerprint: string;
  /** `queued`: it waits for a worker. */
  readonly status: RunRow['status'];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch; of a run that has ended, or waits for an answer. */
  readonly endedAt?: number;
  /** The keys of what it waits for. */
  readonly asks: readonly string[];
}

/** A page of a list of runs. */
export interface RunPage {
  readonly runs: readonly RunInfo[];
  /** The `cursor` of the next page; absent where this is the last one. */
  readonly next?: string;
}

/** What is shown of a run. */
export function toRunInfo(row: ListedRow): RunInfo {
  const { run_id, pipeline, fingerprint, status, created_at, ended_at, asks } = row;
  return {
    ...{ runId: run_id, pipeline, fingerprint, status, createdAt: created_at.getTime() },
    ...(ended_at && { endedAt: ended_at.getTime() }),
    asks: status === 'suspended' ? asks : [],
  };
}
