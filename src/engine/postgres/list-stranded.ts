import type pg from 'pg';
import { SILENT } from './continue-run.js';
import { LISTED, type ListedRow } from './list-runs.js';

/** A run that no live worker can take. */
export interface StrandedRow extends ListedRow {
  /** `plan`: nobody listens for its plan. `checkpoint`: nobody's plan accepts its checkpoint. */
  readonly why: 'plan' | 'checkpoint';
}

/** Few rows, whatever the number of runs: they are compared by what they have in common. */
const STRANDED = `
WITH live AS MATERIALIZED (
  SELECT p.name, p.fingerprint, p.migrates FROM stepstream.pipelines p
  WHERE EXISTS (
    SELECT FROM stepstream.workers w
    WHERE w.queues @> ARRAY[p.name || '@' || p.fingerprint]
      AND w.heartbeat_at > clock_timestamp() - $1 * interval '1 ms'
  )
), waiting AS (
  (SELECT ${LISTED}, 'plan' AS why FROM stepstream.runs r
  WHERE r.status IN ('queued', 'running') AND r.item_of IS NULL
    AND NOT EXISTS (SELECT FROM live WHERE name = r.pipeline AND fingerprint = r.fingerprint)
  ORDER BY created_at, run_id LIMIT $2)
  UNION ALL
  (SELECT ${LISTED}, 'checkpoint' AS why FROM stepstream.runs r
  WHERE r.status = 'suspended' AND r.item_of IS NULL AND NOT EXISTS (SELECT FROM live WHERE name = r.pipeline AND migrates)
    AND NOT EXISTS (SELECT FROM live WHERE name = r.pipeline AND fingerprint = r.fingerprint)
  ORDER BY created_at, run_id LIMIT $2)
)
SELECT * FROM waiting ORDER BY created_at, run_id LIMIT $2`;

/** The runs that no worker can take that has given a sign of life lately; the oldest first. */
export async function listStranded(pool: pg.Pool, limit: number): Promise<readonly StrandedRow[]> {
  const { rows } = await pool.query<StrandedRow>(STRANDED, [SILENT, limit]);
  return rows;
}
