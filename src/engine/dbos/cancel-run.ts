import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type pg from 'pg';
import { cancelSuspended } from '../postgres/cancel-suspended.js';
import { isServed } from '../postgres/is-served.js';
import type { RunDesk } from '../postgres/run-desk.js';
import { isEnded, type RunRow } from '../postgres/run-row.js';
import { endUnbegun } from './end-of-turn.js';
import { workflowIdOf } from './names.js';

/** What a client knows runs by. */
export interface ClientParts {
  readonly pool: pg.Pool;
  readonly dbos: DBOSClient;
  readonly desk: RunDesk;
}

/** Ends a run, wherever it is; resolves to whether it had not ended. */
export async function cancelRun(parts: ClientParts, runId: string, reason: string): Promise<boolean> {
  for (;;) {
    const row = await parts.desk.askCancel(runId, reason);
    if (row === undefined || isEnded(row)) return false;
    if (row.cancel_reason !== null) {
      await hurry(parts, row);
      return true;
    }
    // If it is not suspended any more, it has just been answered, and can be asked.
    if (await cancelSuspended(parts.pool, runId, reason)) return true;
  }
}

/** Ends a run that is executed, or is to be; whoever follows a segment doesn't end what may wait for an answer behind it. */
export async function cancelLive(parts: ClientParts, runId: string, turn: number, reason: string): Promise<void> {
  const row = await parts.desk.askCancel(runId, reason, turn);
  if (row?.turn === turn) await hurry(parts, row);
}

/** One that waits in a queue need not wait there to be told; where nobody is there to tell it, it ends here. */
async function hurry({ pool, dbos, desk }: ClientParts, row: RunRow): Promise<void> {
  const { run_id, turn, status, pipeline, fingerprint, cancel_reason } = row;
  if (status !== 'queued') return;
  const id = workflowIdOf(run_id, turn);
  const now = { delayUntilEpochMS: Date.now() };
  if (await isServed(pool, pipeline, fingerprint)) return dbos.setWorkflowDelay(id, now).catch(() => undefined);
  // Should somebody come and take it at this very moment, DBOS takes it from him again.
  await dbos.cancelWorkflow(id);
  await endUnbegun(desk, row, cancel_reason!);
}
