import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import { RunFailedError } from '../../errors/run-error.js';
import type { RunResult } from '../../run/result.js';
import { toPlainError } from '../../run/plain-error.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import { toStoredEnd, type StoredEnd } from '../durable/stored-end.js';
import { runCancelled, toCancelledEnd } from '../postgres/cancelled-end.js';
import type { RunDesk } from '../postgres/run-desk.js';
import type { RunRow } from '../postgres/run-row.js';
import { workflowIdOf } from './names.js';

/** Who knows how a turn has ended: our own tables, and DBOS of a workflow that ended without a word. */
export interface EndSources {
  readonly desk: RunDesk;
  readonly dbos: DBOSClient;
}

/** How many milliseconds a worker may take to end what was cancelled under it. */
const CONCLUDING = 10_000;

/** How a turn has ended, once it has; of one that nobody will ever execute again, that. */
export async function endOfTurn(
  { desk, dbos }: EndSources,
  runId: string,
  turn: number,
): Promise<StoredEnd | undefined> {
  const end = await desk.endOf(runId, turn);
  if (end !== undefined) return end;
  const workflow = await dbos.getWorkflow(workflowIdOf(runId, turn));
  const row = await desk.get(runId);
  if (workflow === undefined || row === undefined) return undefined;
  // An item that was not wanted any more before it began.
  if (row.item_of !== null && row.status === 'cancelled')
    return desk.keepSilentEnd(runId, turn, (seq) => silentEnd(row, seq, 'cancelled', cancelled(row)));
  switch (workflow.status) {
    case 'CANCELLED':
      // Whoever executes it may be about to say so himself.
      if (Date.now() - (workflow.updatedAt ?? 0) < CONCLUDING) return undefined;
      return desk.keepSilentEnd(runId, turn, (seq) => silentEnd(row, seq, 'cancelled', cancelled(row)));
    case 'ERROR': {
      const error = brokenOff(row, toPlainError(workflow.error).message);
      return desk.keepSilentEnd(runId, turn, (seq) => silentEnd(row, seq, 'failed', error));
    }
    case 'MAX_RECOVERY_ATTEMPTS_EXCEEDED': {
      const error = deadLetter(row, workflow.recoveryAttempts ?? 0);
      return desk.keepSilentEnd(runId, turn, (seq) => silentEnd(row, seq, 'failed', error));
    }
    default:
      return undefined;
  }
}

/** Ends a turn that nobody has begun, and nobody is there to begin. */
export async function endUnbegun(desk: RunDesk, row: RunRow, reason: string): Promise<void> {
  const { run_id, pipeline, turn, checkpoint_turn } = row;
  const before = checkpoint_turn === null ? undefined : await desk.endOf(run_id, checkpoint_turn);
  await desk.keepSilentEnd(run_id, turn, (seq) =>
    before === undefined
      ? silentEnd(row, seq, 'cancelled', runCancelled(pipeline, reason))
      : toCancelledEnd(before, pipeline, reason, seq),
  );
}

/** The end of a run whose last execution could not tell it. */
function silentEnd(
  { run_id: runId, pipeline, state }: RunRow,
  seq: number,
  status: 'cancelled' | 'failed',
  error: Error,
): StoredEnd {
  const at = Date.now();
  const result = {
    ...{ runId, status, error, errors: status === 'failed' ? [error] : [] },
    ...{ state: JSON.parse(state) as object, outputs: {}, text: '', texts: {}, ledger: {} },
    ...{ usage: { input: 0, output: 0, models: {} }, abandoned: [], warnings: [], duration: 0 },
  } as unknown as RunResult<AnyPipeline>;
  const event = {
    ...({ v: 1, type: 'run-end', runId, pipeline, at, status, ledger: {} } as const),
    ...{ seq, error: toPlainError(error) },
  };
  return toStoredEnd(result, event);
}

const cancelled = ({ pipeline, cancel_reason }: RunRow): Error =>
  runCancelled(pipeline, cancel_reason ?? 'it was cancelled in the database');

const brokenOff = ({ pipeline }: RunRow, why: string): Error =>
  new RunFailedError({
    code: 'RUN_BROKEN_OFF',
    message: `This run of ${pipeline} was broken off by its worker: ${why}`,
    remedy: 'Look at the `onError` of the workers, and at the workflow in the database.',
  });

const deadLetter = ({ pipeline }: RunRow, attempts: number): Error =>
  new RunFailedError({
    code: 'RUN_GIVEN_UP',
    message: `This run of ${pipeline} was given up: ${attempts} times its worker has died under it.`,
    remedy: 'Find what kills the process (memory, exit, a native module), and start the run anew.',
  });
