import type { Change } from '../state/change.js';

/** How one activation has ended: an envelope that an engine can record and replay. */
export interface ActivationOutcome {
  readonly status: 'done' | 'recovered' | 'skipped' | 'failed' | 'cancelled' | 'abandoned';
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
  /** Only of `failed`, and of `abandoned` after a timeout. */
  readonly error?: Error;
}

/** The commonest outcome, shared: done without output or change. */
export const DONE: ActivationOutcome = Object.freeze({ status: 'done' });
