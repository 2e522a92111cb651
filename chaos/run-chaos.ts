import { Chaos, type ChaosOptions } from './chaos.js';
import { checkTables } from './check-tables.js';
import { disturb, type Kill } from './disturb.js';
import { percentile, recoveryTimes } from './recoveries.js';

/** What came of it. */
export interface ChaosReport {
  readonly kill: Kill;
  /** Everything that was not as it has to be. */
  readonly problems: readonly string[];
  readonly runs: number;
  readonly events: number;
  /** How often tokens were taken back, as the clients saw it. */
  readonly resets: number;
  readonly kills: number;
  readonly freezes: number;
  /** Times that a worker was so slow that it was taken for frozen. */
  readonly suspicions: number;
  readonly restarts: number;
  readonly crashes: number;
  /** Runs that another worker has gone on with. */
  readonly recoveries: number;
  /** Milliseconds. */
  readonly recovery: { readonly p50?: number | undefined; readonly p99?: number | undefined };
  /** Workers that were frozen and have begun steps after they were woken. */
  readonly backAtWork: number;
  readonly seconds: number;
  /** What workers and clients were told that goes wrong and heals, and how often. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Runs the same graph many times while everything is taken away from it that can be. */
export async function runChaos(options: ChaosOptions & { readonly kill: Kill }): Promise<ChaosReport> {
  const { kill, calmAfter } = options;
  const chaos = await Chaos.begin(options);
  try {
    const began = Date.now();
    const over = new AbortController();
    const calm = calmAfter === undefined ? undefined : setTimeout(() => over.abort(), calmAfter);
    const disturbed = disturb(chaos, kill, over.signal);
    await chaos.run(options.runs);
    clearTimeout(calm);
    over.abort();
    await disturbed;
    // Those that were woken may have found nothing left to do.
    const mayWork = chaos.woken.some(({ pid }) => [...chaos.workers].some((worker) => worker.pid === pid));
    const inTime = (): boolean => Date.now() - began < options.deadline;
    while (mayWork && inTime() && (await backAtWork(chaos)) === 0) await chaos.run(6);
    const seconds = (Date.now() - began) / 1000;
    const gaps = gapsWithoutCrash(chaos);
    const problems = [...chaos.problems, ...gaps, ...(await checkTables(chaos))];
    const times = await recoveryTimes(chaos);
    const count = (how: string): number => chaos.losses.filter((loss) => loss.how === how).length;
    return {
      ...{ kill, problems, seconds, runs: chaos.ended.length },
      ...{ events: sum(chaos.ended.map(({ events }) => events)), resets: sum(chaos.ended.map(({ resets }) => resets)) },
      ...{
        kills: count('killed'),
        freezes: count('frozen'),
        suspicions: count('suspected'),
        restarts: chaos.restarts,
        crashes: chaos.crashes.length,
      },
      ...{ recoveries: times.length, recovery: { p50: percentile(times, 0.5), p99: percentile(times, 0.99) } },
      ...{ backAtWork: await backAtWork(chaos), errors: Object.fromEntries(chaos.errors) },
    };
  } finally {
    await chaos.end();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Only a crash of PostgreSQL loses events. */
function gapsWithoutCrash({ ended, crashes }: Chaos): string[] {
  return ended
    .filter(({ startedAt, endedAt }) => !crashes.some((at) => at > startedAt - 1_000 && at < endedAt))
    .flatMap(({ runId, gaps }) => gaps.map((seq) => `${runId}: there is a gap before ${seq}`));
}

async function backAtWork({ pool, woken }: Chaos): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT DISTINCT w.pid FROM unnest($1::int[], $2::double precision[]) AS w(pid, at)
    JOIN public.visits v ON v.pid = w.pid AND v.began_at > to_timestamp(w.at / 1000) + interval '1 second'`,
    [woken.map(({ pid }) => pid), woken.map(({ at }) => at)],
  );
  return rows.length;
}
