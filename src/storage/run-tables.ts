import type { RunSummary } from '../ports/run-store.js';

/** What holds the rows of a store: two tables, of runs and of claims. Each call is one transaction. */
export interface RunTables {
  /** Where they are, in a sentence: `the database /var/lib/runs.db`. */
  readonly where: string;
  /** Undefined if the segment was free and now is the caller's, else what the winner has answered. */
  claim(claim: ClaimRow): string | undefined;
  release(runId: string, segment: number): void;
  /** False if a later segment is there already. */
  save(row: RunRow): boolean;
  get(runId: string): StoredRow | undefined;
  list(query: CheckedQuery): readonly ListedRow[];
  prune(retention: CheckedRetention): number;
  delete(runId: string): boolean;
  close(): void;
}

/** A claim as it is kept. */
export interface ClaimRow {
  readonly runId: string;
  readonly segment: number;
  /** JSON. */
  readonly answers: string;
  readonly at: number;
}

/** A run as it is kept: what can be asked for, and the record in two pieces, of which a list reads only the first. */
export interface RunRow {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunSummary['status'];
  readonly segment: number;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** The JSON of its summary. */
  readonly head: string;
  /** The JSON of the rest. */
  readonly body: string;
}

/** What is read of a run. */
export type StoredRow = Pick<RunRow, 'head' | 'body'>;

/** A row of a list; the lists are sorted by `startedAt` and then `seq`, both downwards. */
export interface ListedRow {
  readonly runId: string;
  readonly head: string;
  readonly startedAt: number;
  /** Grows with every run that is saved for the first time. */
  readonly seq: number;
}

/** Where a row stands in a list. */
export type Position = Pick<ListedRow, 'startedAt' | 'seq'>;

/** A query of which everything is known to be right. */
export interface CheckedQuery {
  readonly pipeline: string | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
  /** The last row of the page before. */
  readonly from: Position | undefined;
}

/** A retention of which everything is known to be right. */
export interface CheckedRetention {
  readonly pipeline: string | undefined;
  /** Statuses that are never deleted. */
  readonly spared: readonly string[];
  /** Only what has ended before; all if undefined. */
  readonly endedBefore: number | undefined;
  readonly keep: number;
}
