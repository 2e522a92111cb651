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

/** For so many milliseconds one that was frozen, and has lost its runs, may not know yet. */
const UNAWARE = 20_000;

/** A body runs again only if its process was taken away before it was recorded, and never after that. */
async function checkVisits({ pool, losses }: Chaos): Promise<string[]> {
  const { rows } = await pool.query<Visit>(
    'SELECT run_id, key, pid, recorded, began_at AS began FROM public.visits WHERE attempt = 1 ORDER BY run_id, key, began_at',
  );
  const wasLost = (pid: number, before: Date): boolean => losses.some((loss) => loss.pid === pid && loss.at < +before);
  // Who stood still in the moment before a step began; what comes of it is refused.
  const isUnaware = (pid: number, at: Date): boolean =>
    losses.some((loss) => loss.pid === pid && loss.how !== 'killed' && loss.at < +at && +at < loss.at + UNAWARE);
  return rows.flatMap((visit, place) => {
    const { run_id, key, pid, recorded, began } = visit;
    if (isUnaware(pid, began)) return [];
    const problems: string[] = [];
    if (recorded) problems.push(`${run_id}: ${key} began although it was recorded`);
    const before = rows[place - 1];
    if (before?.run_id === run_id && before.key === key && !wasLost(before.pid, began))
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
