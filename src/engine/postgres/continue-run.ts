import type pg from 'pg';
import type { Enqueue } from './enqueue.js';
import type { RunRow } from './run-row.js';

/** What is given anew for the next segment of a run. */
export interface NextTurn {
  /** JSON. */
  readonly context?: string | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** A worker that has said nothing for so many milliseconds is not there. */
export const SILENT = 15_000;

/** Gives a suspended run its next turn; its row must be locked. */
export async function continueRun(
  client: pg.ClientBase,
  run: RunRow,
  enqueue: Enqueue,
  { context, timeout }: NextTurn = {},
): Promise<RunRow> {
  const fingerprint = await fingerprintFor(client, run);
  const { rows } = await client.query<RunRow>(
    `UPDATE stepstream.runs SET turn = turn + 1, status = 'queued', fingerprint = $2, from_seq = NULL,
      turn_started_at = NULL, ended_at = NULL, cancel_reason = NULL, expires_at = NULL, context = $3, timeout_ms = $4
    WHERE run_id = $1 RETURNING *`,
    [run.run_id, fingerprint, context ?? run.context, timeout],
  );
  await enqueue(client, rows[0], fingerprint);
  return rows[0];
}

/**
 * The newest plan that a live worker has and that accepts the checkpoint: its own, or one whose class migrates it. Where
 * there is none it waits for a worker that has its own.
 */
async function fingerprintFor(client: pg.ClientBase, { pipeline, fingerprint }: RunRow): Promise<string> {
  const { rows } = await client.query<{ fingerprint: string }>(
    `SELECT p.fingerprint FROM stepstream.pipelines p
    WHERE p.name = $1 AND (p.fingerprint = $2 OR p.migrates) AND EXISTS (
      SELECT FROM stepstream.workers w
      WHERE w.queues @> ARRAY[p.name || '@' || p.fingerprint]
        AND w.heartbeat_at > clock_timestamp() - $3 * interval '1 millisecond')
    ORDER BY p.seen_at DESC LIMIT 1`,
    [pipeline, fingerprint, SILENT],
  );
  return rows[0]?.fingerprint ?? fingerprint;
}
