import type { Checkpoint } from '../run/checkpoint.js';
import type { RunStatus, StepLedger, VisitStatus } from '../run/ledger.js';
import type { PlainError } from '../run/plain-error.js';
import type { UsageTotal } from '../run/usage-total.js';
import type { Asked } from '../run/suspension.js';

/**
 * Where runs are kept: what became of them, and who may resume them. All values are plain data, and nothing that goes in
 * or comes out is shared with the store.
 */
export interface RunStore {
  /**
   * Takes a segment of a run for its caller, together with the answers that begin it. Exactly one caller wins it, whoever
   * asks and from which process; the others get the winner's answers. `segment` is that of the checkpoint plus one.
   */
  claim(runId: string, segment: number, answers: RunAnswers): Promise<Claim>;
  /**
   * Gives a segment back, so that it can be claimed anew: by the winner, if its resume was refused before anything ran, or
   * by an operator, if the winner's process has died.
   */
  release(runId: string, segment: number): Promise<void>;
  /**
   * Keeps a record in place of the one that the run had. Resolves to false, and keeps the old one, if that is of a later
   * segment: a process that is late does not turn a run back.
   */
  save(record: RunRecord): Promise<boolean>;
  /** The record of a run, whole; undefined if there is none. */
  get(runId: string): Promise<RunRecord | undefined>;
  /** The runs that a query asks for, newest first, a page at a time; all by default. */
  list(query?: RunQuery): Promise<RunPage>;
  /** Deletes runs that have ended, by age, by number or both, with their claims; resolves to how many. */
  prune(retention: Retention): Promise<number>;
  /** Deletes a run with its claims, whatever its status; resolves to whether there was one. */
  delete(runId: string): Promise<boolean>;
  /** Lets go of what the store holds; afterwards every other call is refused. */
  close(): Promise<void>;
}

/** The answers to the suspensions of a run, by step key. */
export type RunAnswers = Readonly<Record<string, unknown>>;

/** Whether a claim was won; who lost is told what the winner has answered. */
export type Claim = { readonly won: true } | { readonly won: false; readonly answers: RunAnswers };

/** What a list shows of a run. */
export interface RunSummary {
  /** The version of the format. */
  readonly v: 1;
  readonly runId: string;
  /** The name of the pipeline. */
  readonly pipeline: string;
  /** Of the plan that ran. */
  readonly fingerprint: string;
  /** How the run has ended, if it has: a run whose process died stays `running`. */
  readonly status: 'running' | RunStatus;
  /** The segment that runs, or was the last to run; 1 is the first. */
  readonly segment: number;
  /** Milliseconds since the epoch, of the first segment. */
  readonly startedAt: number;
  /** Milliseconds since the epoch, of the last segment's end. */
  readonly endedAt?: number;
  readonly usage: UsageTotal;
  readonly error?: PlainError;
  /** Whether a `redact` function has left something out, so that a tool can say so. */
  readonly redacted?: boolean;
}

/** One run as a store keeps it. */
export interface RunRecord extends RunSummary {
  readonly ledger: Readonly<Record<string, StepLedger>>;
  /** All visits in the order in which they started. */
  readonly steps: readonly StepTiming[];
  readonly text: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly state?: unknown;
  /** What a suspended run waits for. */
  readonly asks?: readonly Asked<string, unknown>[];
  /** Of a suspended run, and of a resumed one while it runs: from there it can be tried again if its process dies. */
  readonly checkpoint?: Checkpoint;
}

/** When one visit of a step ran. */
export interface StepTiming {
  /** The step's key: `research#2/load#3[4]`. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch; absent while it runs. */
  readonly endedAt?: number;
  readonly status: 'running' | VisitStatus;
  /** The number of its last attempt. */
  readonly attempt: number;
}

/** Which runs a list shows. */
export interface RunQuery {
  /** Only runs of the pipeline of this name. */
  readonly pipeline?: string;
  /** Only runs of this status, or of one of these. */
  readonly status?: RunSummary['status'] | readonly RunSummary['status'][];
  /** Only runs that started before, in milliseconds since the epoch. */
  readonly before?: number;
  /** Only runs that started then or after, in milliseconds since the epoch. */
  readonly after?: number;
  /** How many runs a page has at most, up to 1,000; 50 by default. */
  readonly limit?: number;
  /** What the page before said, to get the next one. */
  readonly cursor?: string;
}

/** One page of a list. */
export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Gets the next page; absent on the last. */
  readonly cursor?: string;
}

/** What `prune` may delete. At least one of `olderThan` and `keep` is said; with both, a run must fall under both. */
export interface Retention {
  /** Milliseconds since a run has ended (or started, if it has no end); only older ones are deleted. */
  readonly olderThan?: number;
  /** So many of the newest are kept, whatever their age. */
  readonly keep?: number;
  /** Only runs of the pipeline of this name. */
  readonly pipeline?: string;
  /** Deletes suspended runs too; they can't be resumed from the store any more. */
  readonly includeSuspended?: boolean;
  /** Deletes runs too that are said to be running, such as those whose process has died. */
  readonly includeRunning?: boolean;
}
