import type { Change } from '../state/change.js';

/** How one activation has ended: an envelope that an engine can record and replay. */
export interface ActivationOutcome {
  /**
   * `opened` (an each whose items begin now), `called` (a sub-pipeline step whose child runs now) and `exhausted` (an
   * item that a lazy source doesn't have) are no ends of a visit.
   */
  readonly status:
    | 'done'
    | 'recovered'
    | 'skipped'
    | 'suspended'
    | 'failed'
    | 'cancelled'
    | 'abandoned'
    | 'opened'
    | 'called'
    | 'exhausted';
  /** Whether the step or its handler returned `stop()`. */
  readonly stop?: boolean;
  /** The steps it leads to instead of those in `to`: a switch's case, or what `goto()` names. None leads to the end. */
  readonly route?: readonly string[];
  /** What goes along its edges instead of its output: the input that `goto()` carries, or a switch's own. */
  readonly passes?: { readonly value: unknown };
  /** Deeply frozen plain data; only of `done` and `recovered`. */
  readonly output?: unknown;
  /** What it changed in its version of the state; only of outcomes that commit. */
  readonly changes?: readonly Change[];
  /** Of an each: what each item changed, in index order. */
  readonly changesByItem?: readonly (readonly Change[])[];
  /** Only of `failed`, and of `abandoned` after a timeout. */
  readonly error?: Error;
  /** Whether its failure is the run's whatever survives others: a conflict, a budget. */
  readonly fatal?: boolean;
  /** Only of `suspended`. */
  readonly suspension?: Suspension;
}

/** What a step waits for. */
export interface Suspension {
  /** Plain data for whoever answers. */
  readonly ask: unknown;
  /** Milliseconds since the epoch until which an answer is taken. */
  readonly expiresAt?: number;
  /** Whether the step has said how an answer is validated. */
  readonly validated?: boolean;
}

/** The commonest outcome, shared: done without output or change. */
export const DONE: ActivationOutcome = Object.freeze({ status: 'done' });
