import type pg from 'pg';
import type { StoredEnd } from '../durable/stored-end.js';

/** Writes down how a turn has ended, and what the run waits for then. */
export async function writeEnd(client: pg.ClientBase, runId: string, turn: number, end: StoredEnd): Promise<void> {
  await client.query(
    `INSERT INTO stepstream.ends (run_id, turn, stored) VALUES ($1, $2, $3)
    ON CONFLICT (run_id, turn) DO UPDATE SET stored = excluded.stored`,
    [runId, turn, JSON.stringify(end)],
  );
  if (end.refused) return takeBackAnswers(client, runId, turn, end.event.seq);
  const { event, rest } = end;
  const asks = 'asks' in rest ? (rest.asks as readonly { readonly key: string; readonly expiresAt?: number }[]) : [];
  const expiries = asks.flatMap(({ expiresAt }) => expiresAt ?? []);
  const keys = asks.map(({ key }) => key);
  await client.query(
    `UPDATE stepstream.runs SET status = $3, ended_at = clock_timestamp(), end_seq = $4, asks = $5,
      expires_at = to_timestamp($6::double precision / 1000),
      checkpoint_turn = CASE WHEN $3 = 'suspended' THEN $2 ELSE checkpoint_turn END
    WHERE run_id = $1 AND turn = $2`,
    [runId, turn, event.status, event.seq, keys, expiries.length > 0 ? Math.min(...expiries) : null],
  );
  // One that came when its time was over, and would make the next turn refuse those that are asked for.
  await client.query('DELETE FROM stepstream.answers WHERE run_id = $1 AND turn IS NULL AND key <> ALL($2)', [
    runId,
    keys,
  ]);
}

/** Nothing has begun with them: the run waits for others. */
async function takeBackAnswers(client: pg.ClientBase, runId: string, turn: number, seq: number): Promise<void> {
  await client.query('DELETE FROM stepstream.answers WHERE run_id = $1 AND turn = $2', [runId, turn]);
  await client.query(
    `UPDATE stepstream.runs SET status = 'suspended', ended_at = clock_timestamp(), end_seq = $3
    WHERE run_id = $1 AND turn = $2`,
    [runId, turn, seq],
  );
}
