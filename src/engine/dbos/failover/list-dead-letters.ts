import type { Pool } from 'pg';

/** A run that was given up, because one worker after the other died of it. */
export interface DeadLetter {
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowClassName: string | null;
  /** How often it was begun. */
  readonly attempts: number;
  /** Who had it last. */
  readonly executorId: string;
  readonly createdAt: Date;
  readonly givenUpAt: Date;
}

/** The runs of an application that were given up, the latest first. */
export async function listDeadLetters(pool: Pool, applicationName: string, limit = 100): Promise<DeadLetter[]> {
  const { rows } = await pool.query<DeadLetter>(
    `SELECT workflow_uuid AS "workflowId", name AS "workflowName", class_name AS "workflowClassName",
      recovery_attempts::int AS attempts, executor_id AS "executorId",
      to_timestamp(created_at / 1000.0) AS "createdAt", to_timestamp(updated_at / 1000.0) AS "givenUpAt"
    FROM dbos.workflow_status
    WHERE status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED' AND application_name = $1
    ORDER BY updated_at DESC, workflow_uuid
    LIMIT $2`,
    [applicationName, limit],
  );
  return rows;
}
