import type { Error as DbosErrors } from '@dbos-inc/dbos-sdk';
import type pg from 'pg';
import type { RunRow } from '../postgres/run-row.js';

/** The run that was there first of those with a `deduplicationId`; undefined if it has ended meanwhile. */
export async function holderOf(
  pool: pg.Pool,
  { queue, deduplicationID }: InstanceType<typeof DbosErrors.DBOSQueueDuplicatedError>,
): Promise<RunRow | undefined> {
  // The first turn alone has it; its workflow has the id of the run.
  const { rows } = await pool.query<RunRow>(
    `SELECT r.* FROM dbos.workflow_status s JOIN stepstream.runs r ON r.run_id = s.workflow_uuid
    WHERE s.queue_name = $1 AND s.deduplication_id = $2`,
    [queue, deduplicationID],
  );
  return rows[0];
}
