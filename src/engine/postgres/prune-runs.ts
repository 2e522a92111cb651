import type pg from 'pg';
import { inTransaction } from './in-transaction.js';
import { ENDED } from './run-row.js';

/** What is deleted. */
export interface RunPruning {
  /** Milliseconds since its end. */
  readonly olderThan: number;
  /** Deletes workflows of DBOS with all that they have recorded. */
  readonly deleteWorkflows: (workflowIds: string[]) => Promise<void>;
}

/** How many runs are locked at once; one that has ended is of interest to nobody but other prunings. */
const RUNS = 100;

/** The workflows of the turns of a run r, and those that look whether an answer has come in time. */
const WORKFLOWS = `
SELECT r.run_id || turn || mark AS id
FROM (SELECT CASE n WHEN 1 THEN '' ELSE '#' || n END AS turn FROM generate_series(1, r.turn) n) turns,
  (VALUES (''), ('!')) marks (mark)`;

/** Not one whose worker has something to do yet: it has ended, but nobody has told DBOS so far. */
const OLD = `
SELECT run_id, ARRAY(${WORKFLOWS}) AS workflows FROM stepstream.runs r
WHERE status = ANY($1) AND item_of IS NULL AND created_at < $2 AND ended_at < $2 AND NOT EXISTS (
  SELECT FROM (${WORKFLOWS}) w JOIN dbos.workflow_status s ON s.workflow_uuid = w.id
  WHERE s.status IN ('PENDING', 'ENQUEUED', 'DELAYED') AND w.id NOT LIKE '%!'
)
LIMIT ${RUNS} FOR UPDATE OF r SKIP LOCKED`;

/** What workflows have started in their turn. */
const CHILDREN = `
WITH RECURSIVE children AS (
  SELECT workflow_uuid FROM dbos.workflow_status WHERE parent_workflow_id = ANY($1)
  UNION
  SELECT s.workflow_uuid FROM dbos.workflow_status s JOIN children c ON s.parent_workflow_id = c.workflow_uuid
)
SELECT workflow_uuid AS id FROM children`;

/** Deletes the runs that ended so long ago, with all that is known of them, some at a time; resolves to how many. */
export async function pruneRuns(pool: pg.Pool, { olderThan, deleteWorkflows }: RunPruning): Promise<number> {
  const { rows } = await pool.query<{ before: Date }>("SELECT clock_timestamp() - $1 * interval '1 ms' AS before", [
    olderThan,
  ]);
  for (let pruned = 0; ;) {
    const some = await pruneSome(pool, rows[0].before, deleteWorkflows);
    if (some === 0) return pruned;
    pruned += some;
  }
}

function pruneSome(pool: pg.Pool, before: Date, deleteWorkflows: RunPruning['deleteWorkflows']): Promise<number> {
  return inTransaction(pool, async (client) => {
    // DBOS deletes on a connection of its own meanwhile, and may have a lot to do.
    await client.query("SET LOCAL idle_in_transaction_session_timeout = '10min'");
    const { rows } = await client.query<{ run_id: string; workflows: string[] }>(OLD, [ENDED, before]);
    if (rows.length === 0) return 0;
    const workflows = rows.flatMap((row) => row.workflows);
    const children = await client.query<{ id: string }>(CHILDREN, [workflows]);
    // Theirs first: if we get no further, the run is there to be deleted the next time.
    await deleteWorkflows([...workflows, ...children.rows.map(({ id }) => id)]);
    const ids = rows.map(({ run_id }) => run_id);
    await deleteItems(client, ids, deleteWorkflows);
    await deleteRuns(client, ids);
    return ids.length;
  });
}

/** There may be many: some at a time. */
async function deleteItems(
  client: pg.ClientBase,
  ofRuns: readonly string[],
  deleteWorkflows: RunPruning['deleteWorkflows'],
): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ run_id: string }>(
      'SELECT run_id FROM stepstream.runs WHERE item_of = ANY($1) LIMIT 1000',
      [ofRuns],
    );
    if (rows.length === 0) return;
    const ids = rows.map(({ run_id }) => run_id);
    // An item has one turn.
    await deleteWorkflows(ids);
    await deleteRuns(client, ids);
  }
}

async function deleteRuns(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  await client.query('DELETE FROM stepstream.events WHERE run_id = ANY($1)', [ids]);
  // Whoever still thinks that he executes one of them can write nothing any more.
  await client.query('DELETE FROM stepstream.epochs WHERE run_id = ANY($1)', [ids]);
  // How its turns have ended and its answers go with it.
  await client.query('DELETE FROM stepstream.runs WHERE run_id = ANY($1)', [ids]);
}
