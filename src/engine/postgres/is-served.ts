import type pg from 'pg';
import { SILENT } from './continue-run.js';

/** Whether a worker that has given a sign of life lately takes runs of this plan. */
export async function isServed(pool: pg.Pool, pipeline: string, fingerprint: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT FROM stepstream.workers WHERE queues @> ARRAY[$1::text || '@' || $2::text]
      AND heartbeat_at > clock_timestamp() - $3 * interval '1 ms' LIMIT 1`,
    [pipeline, fingerprint, SILENT],
  );
  return rowCount !== 0;
}
