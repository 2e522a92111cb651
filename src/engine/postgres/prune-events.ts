import type pg from 'pg';
import { inTransaction } from './in-transaction.js';

/** How many runs are locked at once. */
const RUNS = 500;

const OLD = `
SELECT run_id FROM stepstream.events GROUP BY run_id
HAVING max(written_at) < clock_timestamp() - make_interval(secs => $1) LIMIT ${RUNS}`;

const DELETE = `
DELETE FROM stepstream.events e WHERE e.run_id = ANY($1::text[]) AND NOT EXISTS (
  SELECT 1 FROM stepstream.events n
  WHERE n.run_id = e.run_id AND n.written_at >= clock_timestamp() - make_interval(secs => $2)
)
RETURNING run_id`;

/** Deletes the events of runs of which nothing was written for so long; for their writers they are lost. */
export async function pruneEvents(pool: pg.Pool, olderThan: number): Promise<number> {
  const seconds = olderThan / 1000;
  for (let pruned = 0; ;) {
    const { rows: old } = await pool.query<{ run_id: string }>(OLD, [seconds]);
    if (old.length === 0) return pruned;
    const runs = old.map(({ run_id }) => run_id);
    pruned += await inTransaction(pool, async (client) => {
      // Nobody writes any of them now; who has just written has made its run a young one.
      await client.query('SELECT FROM stepstream.epochs WHERE run_id = ANY($1) ORDER BY run_id FOR UPDATE', [runs]);
      const deleted = await client.query<{ run_id: string }>(DELETE, [runs, seconds]);
      const gone = [...new Set(deleted.rows.map(({ run_id }) => run_id))];
      await client.query('UPDATE stepstream.epochs SET life = NULL WHERE run_id = ANY($1)', [gone]);
      return gone.length;
    });
  }
}
