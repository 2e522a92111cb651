import type { VisitStatus } from './ledger.js';

/** An output that has come along an edge. */
export interface Arrival {
  readonly from: number;
  readonly value: unknown;
}

/** What became of a join: who has arrived, and from whom no arrival can come any more. */
export interface Decision {
  readonly id: number;
  readonly arrived: readonly number[];
  readonly dead: readonly number[];
}

/** How far one loop has come in the present round of what is around it. */
export interface LoopProgress {
  /** Visits of its own steps, and busy loops directly inside it, that this round waits for. */
  alive: number;
  /** Whether it counts as alive in the loop around it. */
  busy: boolean;
  /** Whether the edges out of it are closed. */
  over: boolean;
  /** What has come along its jumps in this round and opens the next: of each source the last. */
  jumps: Arrival[] | undefined;
  /** What has come from outside while it was busy, in order. */
  entries: Arrival[] | undefined;
}

/** What only a plan with loops needs. */
export interface Rounds {
  /** By loop id. */
  readonly loops: LoopProgress[];
  /** By step id: visits that are ready or started, have not ended and were not decided against. */
  readonly live: number[];
  /** Loops in which the outcome that is processed has left nothing alive. */
  readonly quiet: number[];
  /** Loops that are over while edges close: nothing is going on in them, and nothing can enter them any more. */
  readonly idle: number[];
  /** A step that was about to run more often than it may. */
  runaway: number | undefined;
}

/** How far a walk of one plan has come: plain data, written by `advance` alone. All arrays are by step id. */
export interface Progress {
  /** Forward edges into each step on which an arrival can still come. */
  readonly open: number[];
  /** What is decided of each step in the present round: see `executor/flags`. */
  readonly flags: number[];
  /** What became of each step's visits: the status itself where there was one, a list from the second on. */
  readonly visits: (VisitStatus | VisitStatus[] | undefined)[];
  /** How many visits of each step have been started. */
  readonly started: number[];
  /** Of each step: what has arrived, in order. */
  readonly arrivals: (Arrival[] | undefined)[];
  /** Of each join: the steps whose edges have closed without a last arrival. */
  readonly closed: (number[] | undefined)[];
  /** Of each dead step: the step that chose otherwise. */
  readonly causes: (number | undefined)[];
  /** Of each any-join: the failures it has survived, in the order reported. */
  readonly survived: (Error[] | undefined)[];
  /** Absent where the plan has no loops. */
  readonly rounds: Rounds | undefined;
  /** Steps that may start when the report is processed. */
  ready: number[];
  /** Joins that were decided by the outcome processed last. */
  decided: Decision[];
  /** While an outcome is processed: any-joins that it decides, once all edges that it closes are closed. */
  deciding?: number[] | undefined;
  stopped: boolean;
}

/** The statuses of a step's visits, in order. */
export function visitsOf({ visits }: Progress, id: number): readonly VisitStatus[] {
  const all = visits[id];
  return all === undefined ? [] : typeof all === 'string' ? [all] : all;
}
