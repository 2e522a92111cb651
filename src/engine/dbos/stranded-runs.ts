import type pg from 'pg';
import { LISTED, type ListedRow } from '../postgres/list-runs.js';
import { listStranded } from '../postgres/list-stranded.js';
import { listDeadLetters, type DeadLetter } from './failover/list-dead-letters.js';
import { APPLICATION, runIdOf } from './names.js';
import { toRunInfo, type RunInfo } from './run-info.js';

/** A run that goes on only if somebody does something. */
export interface StrandedRun extends RunInfo {
  /**
   * `plan`: it waits for a worker with its plan, and there is none. `checkpoint`: it is suspended, and no worker there is
   * could go on with it after an answer. `given-up`: one worker after the other has died of it.
   */
  readonly why: 'plan' | 'checkpoint' | 'given-up';
}

/** The runs that no live worker can take, the oldest first. */
export async function strandedRuns(pool: pg.Pool, limit: number): Promise<readonly StrandedRun[]> {
  const givenUp = await listGivenUp(pool, limit);
  const ids = new Set(givenUp.map(({ run_id }) => run_id));
  // One that was given up may look as if it waited, until somebody asks how it has ended.
  const others = (await listStranded(pool, limit)).filter(({ run_id }) => !ids.has(run_id));
  return [...givenUp.map((row) => ({ ...row, why: 'given-up' as const })), ...others]
    .sort((a, b) => a.created_at.getTime() - b.created_at.getTime())
    .slice(0, limit)
    .map((row) => ({ ...toRunInfo(row), why: row.why }));
}

async function listGivenUp(pool: pg.Pool, limit: number): Promise<readonly ListedRow[]> {
  const letters = await deadLetters(pool, limit);
  if (letters.length === 0) return [];
  const { rows } = await pool.query<ListedRow>(
    `SELECT ${LISTED} FROM stepstream.runs WHERE run_id = ANY($1) AND item_of IS NULL`,
    [letters.map(({ workflowId }) => runIdOf(workflowId))],
  );
  return rows;
}

/** Where there was never a worker there are no tables of DBOS. */
const deadLetters = (pool: pg.Pool, limit: number): Promise<DeadLetter[]> =>
  listDeadLetters(pool, APPLICATION, limit).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code === UNDEFINED_TABLE) return [];
    throw error;
  });

const UNDEFINED_TABLE = '42P01';
