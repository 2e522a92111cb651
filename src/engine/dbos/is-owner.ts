import type pg from 'pg';

/** Whether DBOS has given the present turn of a run to this worker; as long as the transaction lasts nobody else gets it. */
export async function isOwner(client: pg.PoolClient, runId: string, executorId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM dbos.workflow_status s JOIN stepstream.runs r ON r.run_id = $1
    WHERE s.workflow_uuid = CASE r.turn WHEN 1 THEN r.run_id ELSE r.run_id || '#' || r.turn END
      AND s.executor_id = $2 AND s.status = 'PENDING' FOR SHARE OF s`,
    [runId, executorId],
  );
  return rowCount !== 0;
}
