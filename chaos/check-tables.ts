import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos } from './chaos.js';

interface Visit {
  readonly run_id: string;
  readonly key: string;
  readonly pid: number;
  readonly recorded: boolean;
  readonly began: Date;
}

/** What the tables say that must not be, in words. */
export async function checkTables(chaos: Chaos): Promise<string[]> {
  return [...(await checkVisits(chaos)), ...(await checkEvents(chaos)), ...(await checkWorkflows(chaos))];
}

/** A body runs again only if its process was taken away before it was recorded, and never after that. */
async function checkVisits({ pool, losses }: Chaos): Promise<string[]> {
  const { rows } = await pool.query<Visit>(
    'SELECT run_id, key, pid, recorded, began_at AS began FROM public.visits WHERE attempt = 1 ORDER BY run_id, key, began_at',
  );
  const lost = new Map(losses.map(({ pid, at }) => [pid, at]));
  const frozen = new Set(losses.flatMap(({ how, pid }) => (how === 'frozen' ? [pid] : [])));
  return rows.flatMap((visit, place) => {
    const { run_id, key, pid, recorded, began } = visit;
    const problems: string[] = [];
    // Who was frozen in the moment before it began does not know.
    if (recorded && !frozen.has(pid)) problems.push(`${run_id}: ${key} began although it was recorded`);
    const before = rows[place - 1];
    if (before?.run_id !== run_id || before.key !== key) return problems;
    const gone = lost.get(before.pid);
    if (gone === undefined || gone > began.getTime())
      problems.push(`${run_id}: ${key} began again in ${pid} although ${before.pid} had it`);
    return problems;
  });
}

/** What an older epoch wrote late was refused. */
async function checkEvents({ pool }: Chaos): Promise<string[]> {
  const { rows } = await pool.query<{ run_id: string; first_seq: string; epoch: number; before: number }>(
    `SELECT * FROM (
      SELECT run_id, first_seq, epoch, lag(epoch) OVER (PARTITION BY run_id ORDER BY first_seq) AS before
      FROM stepstream.events
    ) told WHERE epoch < before`,
  );
  return rows.map((row) => `${row.run_id}: event ${row.first_seq} is of epoch ${row.epoch} behind ${row.before}`);
}

/** DBOS has nothing left to do. */
async function checkWorkflows({ pool }: Chaos): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const { rows } = await pool.query<{ id: string; status: string }>(
      "SELECT workflow_uuid AS id, status FROM dbos.workflow_status WHERE status <> 'SUCCESS'",
    );
    if (rows.length === 0 || tries === 100) return rows.map(({ id, status }) => `DBOS says that ${id} is ${status}`);
    await sleep(200);
  }
}
