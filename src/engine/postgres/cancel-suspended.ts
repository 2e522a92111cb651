import type pg from 'pg';
import type { StoredEnd } from '../durable/stored-end.js';
import { toCancelledEnd } from './cancelled-end.js';
import { inTransaction } from './in-transaction.js';
import type { RunRow } from './run-row.js';

/** Ends a run that waits for an answer; resolves to false if it does not. Of this and an answer one comes first. */
export function cancelSuspended(pool: pg.Pool, runId: string, reason: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<RunRow>(
      "SELECT * FROM stepstream.runs WHERE run_id = $1 AND status = 'suspended' FOR UPDATE",
      [runId],
    );
    if (rows.length > 0) await endSuspended(client, rows[0], reason);
    return rows.length > 0;
  });
}

/**
 * Ends a suspended run, whose row must be locked, in a turn of its own that nobody executes: no step of it is alive, and the
 * hooks that surround a segment have run. What has expired or is answered later finds it ended.
 */
export async function endSuspended(client: pg.ClientBase, run: RunRow, reason: string): Promise<void> {
  const { run_id, pipeline, turn, checkpoint_turn } = run;
  const { rows } = await client.query<{ stored: string }>(
    'SELECT stored FROM stepstream.ends WHERE run_id = $1 AND turn = $2',
    [run_id, checkpoint_turn],
  );
  const before = Number(run.end_seq);
  const end = toCancelledEnd(JSON.parse(rows[0].stored) as StoredEnd, pipeline, reason, before + 1);
  await client.query(
    `UPDATE stepstream.runs SET turn = turn + 1, status = 'cancelled', ended_at = clock_timestamp(), from_seq = $2,
      end_seq = $4, asks = '{}', expires_at = NULL, cancel_reason = $3 WHERE run_id = $1`,
    [run_id, before, reason, end.event.seq],
  );
  await client.query('INSERT INTO stepstream.ends (run_id, turn, stored) VALUES ($1, $2, $3)', [
    run_id,
    turn + 1,
    JSON.stringify(end),
  ]);
  await tell(client, run_id, end);
}

/** So that who attaches to it reads its end where he reads what was before. Its last epoch has nothing more to say. */
async function tell(client: pg.ClientBase, runId: string, { event }: StoredEnd): Promise<void> {
  const events = JSON.stringify([event]);
  await client.query(
    `INSERT INTO stepstream.events (run_id, first_seq, last_seq, epoch, events, size)
    SELECT run_id, $2::bigint, $2, epoch, $3::text, octet_length($3) FROM stepstream.epochs WHERE run_id = $1
    ON CONFLICT (run_id, first_seq) DO NOTHING`,
    [runId, event.seq, events],
  );
}
