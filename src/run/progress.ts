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

/** How far a walk of one plan has come: plain data, written by `advance` alone. All arrays are by step id. */
export interface Progress {
  /** Forward edges into each step on which an arrival can still come. */
  readonly open: number[];
  /** What is decided of each step: see `advance`. */
  readonly flags: number[];
  /** What became of each step's visits: the status itself where there was one, a list from the second on. */
  readonly visits: (VisitStatus | VisitStatus[] | undefined)[];
  /** How many visits of each step have been started. */
  readonly started: number[];
  /** Of each step: what has arrived, in order. */
  readonly arrivals: (Arrival[] | undefined)[];
  /** Of each dead step: the step that chose otherwise. */
  readonly causes: (number | undefined)[];
  /** Of each any-join: the failures it has survived, in the order reported. */
  readonly survived: (Error[] | undefined)[];
  /** Steps that may start when the report is processed. */
  ready: number[];
  /** Joins that were decided by the outcome processed last. */
  decided: Decision[];
  /** Steps of which nothing is decided yet. */
  undecided: number;
  stopped: boolean;
}

/** The statuses of a step's visits, in order. */
export function visitsOf({ visits }: Progress, id: number): readonly VisitStatus[] {
  const all = visits[id];
  return all === undefined ? [] : typeof all === 'string' ? [all] : all;
}
