import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type pg from 'pg';
import { pruneRuns } from '../postgres/prune-runs.js';
import type { ClientParts } from './cancel-run.js';
import { endOfTurn } from './end-of-turn.js';
import { APPLICATION, EXPIRE, TICK, WORKFLOW_CLASS } from './names.js';
import { refuseQuery } from './run-query.js';

/** What `prune` deletes. */
export interface PruneOptions {
  /** Milliseconds since the end of the run: a day is 86,400,000. */
  readonly olderThan: number;
}

/** How many workflows are deleted at once. */
const WORKFLOWS = 500;
/** So long, in milliseconds, is kept what says that a schedule's time has been attended to: workers may be late. */
const TICKS = 3_600_000;

/** Throws a `MisuseError` for what says nothing about time. */
export function checkPrune({ olderThan }: PruneOptions): void {
  if (typeof olderThan === 'number' && olderThan >= 0 && Number.isFinite(olderThan)) return;
  throw refuseQuery('prune', 'the option olderThan must be milliseconds');
}

/** Deletes what ended so long ago; resolves to the number of runs. */
export async function prune({ pool, dbos, desk }: ClientParts, { olderThan }: PruneOptions): Promise<number> {
  try {
    for (const { run_id, turn } of await endedSilently(pool)) await endOfTurn({ desk, dbos }, run_id, turn);
    const pruned = await pruneRuns(pool, { olderThan, deleteWorkflows: (ids) => dbos.deleteWorkflows(ids) });
    await pruneHelpers(pool, dbos, EXPIRE, olderThan);
    await pruneHelpers(pool, dbos, TICK, Math.max(olderThan, TICKS));
    return pruned;
  } catch (error) {
    // Where there was never a worker there are no tables of DBOS, and no runs.
    if ((error as { readonly code?: unknown }).code === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

const UNDEFINED_TABLE = '42P01';

/** Runs of which only DBOS knows that nobody will execute them any more: their end is kept when somebody asks for it. */
async function endedSilently(pool: pg.Pool) {
  const { rows } = await pool.query<{ run_id: string; turn: number }>(
    `SELECT r.run_id, r.turn FROM dbos.workflow_status s
    JOIN stepstream.runs r ON s.workflow_uuid = CASE r.turn WHEN 1 THEN r.run_id ELSE r.run_id || '#' || r.turn END
    WHERE s.status IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED') AND s.application_name = $1
      AND r.status IN ('queued', 'running')`,
    [APPLICATION],
  );
  return rows;
}

/** Workflows that belong to no run that has ended: they have looked at one that goes on, or have started it. */
async function pruneHelpers(pool: pg.Pool, dbos: DBOSClient, name: string, olderThan: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ id: string }>(
      `SELECT workflow_uuid AS id FROM dbos.workflow_status
      WHERE name = $1 AND class_name = $2 AND application_name = $3
        AND completed_at < extract(epoch FROM clock_timestamp()) * 1000 - $4
        AND status NOT IN ('PENDING', 'ENQUEUED', 'DELAYED')
      LIMIT ${WORKFLOWS}`,
      [name, WORKFLOW_CLASS, APPLICATION, olderThan],
    );
    if (rows.length === 0) return;
    await dbos.deleteWorkflows(rows.map(({ id }) => id));
  }
}
