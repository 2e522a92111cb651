import type { Open, StepName } from '../../decorators/outputs.js';

/** How a run, or one segment of it, has ended. */
export type RunStatus = 'success' | 'failed' | 'cancelled' | 'timeout' | 'suspended';

/** What became of one visit of a step. */
export type VisitStatus =
  'done' | 'recovered' | 'failed' | 'cancelled' | 'abandoned' | 'lost' | 'suspended' | 'skipped';

/** What became of one step: its visits in order, or why it had none. */
export interface StepLedger {
  /** The status of the last visit, or `not taken`. */
  readonly status: VisitStatus | 'not taken';
  readonly visits: readonly VisitStatus[];
  /** Of an each: how many of its items, over all visits, have ended how. */
  readonly items?: Readonly<Partial<Record<VisitStatus, number>>>;
  /**
   * Why a step without a visit was not taken: no arrival could come, a `stop()`, or the end of the run came first. Absent
   * where a suspended run may still come to it.
   */
  readonly why?: 'dead' | 'stopped' | 'ended';
  /** Of a dead step: the nearest step that chose otherwise. */
  readonly by?: string;
}

/**
 * What became of every step of the plan. To the compiler a hook or handler that takes no parameter looks like a step, so
 * the type has a line for it too; the ledger itself has none.
 */
export type Ledger<P> =
  Open<P> extends true ? Readonly<Record<string, StepLedger>> : { readonly [K in StepName<P>]: StepLedger };
