import { RunCancelledError } from '../../errors/run-error.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { Ledger, StepLedger, VisitStatus } from '../../run/ledger.js';
import { toPlainError } from '../../run/plain-error.js';
import type { StoredEnd } from '../durable/stored-end.js';
import { toStoredFailure } from '../durable/stored-failure.js';

/** Why a run has ended that nobody executes. */
export const runCancelled = (pipeline: string, reason: string): RunCancelledError =>
  new RunCancelledError({
    code: 'RUN_CANCELLED',
    message: `This run of ${pipeline} was cancelled.`,
    remedy: 'See `cause` for the reason that was given, and `result` for what was done until then.',
    cause: reason,
  });

/** The end of a run that was cancelled while it waited for an answer: what it had come to, and nothing will follow. */
export function toCancelledEnd(suspended: StoredEnd, pipeline: string, reason: string, seq: number): StoredEnd {
  const error = runCancelled(pipeline, reason);
  const { checkpoint: _checkpoint, ...event } = suspended.event;
  const { checkpoint: _same, asks: _asks, ...rest } = suspended.rest as Readonly<Record<string, unknown>>;
  const ended = { status: 'cancelled', ledger: toCancelled(suspended.event.ledger) } as const;
  return {
    ...{ v: 1, outputs: suspended.outputs, errors: suspended.errors, error: toStoredFailure(error) },
    event: { ...event, ...ended, seq, at: Date.now(), error: toPlainError(error) },
    rest: { ...rest, ...ended } as unknown as StoredEnd['rest'],
  };
}

/** Nothing waits any more, and what has not come yet never will. */
const toCancelled = (ledger: Ledger<AnyPipeline>): Ledger<AnyPipeline> =>
  Object.fromEntries(Object.entries(ledger).map(([step, one]) => [step, toCancelledStep(one)]));

function toCancelledStep({ status, visits, items, why, ...others }: StepLedger): StepLedger {
  const reason = why ?? (status === 'not taken' ? 'ended' : undefined);
  return {
    ...others,
    ...{ status: status === 'not taken' ? status : toStatus(status), visits: visits.map(toStatus) },
    ...(items && { items: toItems(items) }),
    ...(reason && { why: reason }),
  };
}

const toStatus = (status: VisitStatus): VisitStatus => (status === 'suspended' ? 'cancelled' : status);

function toItems({ suspended = 0, cancelled = 0, ...items }: NonNullable<StepLedger['items']>): StepLedger['items'] {
  const all = suspended + cancelled;
  return { ...items, ...(all > 0 && { cancelled: all }) };
}
