import type { VisitStatus } from './ledger.js';

/** How far a run has come: plain data, written by `advance` alone. All arrays are by step id. */
export interface Progress {
  /** Forward edges into each step on which an arrival can still come. */
  readonly open: number[];
  /** What is decided of each step: see `advance`. */
  readonly flags: number[];
  /** The status of each step's visit, once it has ended. */
  readonly visits: (VisitStatus | undefined)[];
  /** Of each join: the steps that have arrived, in order. */
  readonly arrivals: (number[] | undefined)[];
  /** Of each dead step: the step that chose otherwise. */
  readonly causes: (number | undefined)[];
  /** Of each any-join: the failures it has survived, in the order reported. */
  readonly survived: (Error[] | undefined)[];
  /** Steps that may start when the report is processed. */
  ready: number[];
  /** Joins that were decided by the outcome processed last. */
  decided: number[];
  /** Steps of which nothing is decided yet. */
  undecided: number;
  stopped: boolean;
}
