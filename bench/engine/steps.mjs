/** What a durable step costs: chains of steps that do nothing, ours and those of DBOS by turns. */
import { setTimeout as sleep } from 'node:timers/promises';
import { shareOf, sumOf } from './asked.mjs';
import { Child } from './child.mjs';
import { median, print, short } from './tables.mjs';

const LENGTH = 20;
/** From the end of the first to the begin of the last. */
const MEASURED = LENGTH - 1;
const KINDS = ['ours', 'dbos'];

async function openSide(kind, url) {
  const [worker, client] = [new Child('process.mjs', kind), new Child('process.mjs', kind)];
  const given = { url, pipeline: 'chain', length: LENGTH };
  await worker.ask('work', { ...given, concurrency: 64 });
  return {
    /** What a worker asks and computes with nothing to do, a millisecond. */
    look: () => worker.ask('look', 3000),
    /** Chains that go side by side. */
    async lap(runs) {
      const over = worker.ask('expect', runs);
      await client.ask('start', { ...given, runs, state: {} });
      return { ...(await over), steps: runs * MEASURED };
    },
    async close() {
      await worker.ask('close');
      await Promise.all([worker.end(), client.end()]);
    },
  };
}

/** So many laps of each side by turns; the first is not counted, for it makes the connections. */
async function lapsOf(sides, runs, times, cpu) {
  const laps = { ours: [], dbos: [] };
  for (let lap = 0; lap <= times; lap++)
    for (const kind of KINDS) {
      const before = { at: Date.now(), cpu: cpu() };
      const one = await sides[kind].lap(runs);
      // What ends a run comes after its last step.
      await sleep(200);
      const server = { cpu: cpu() - before.cpu, ms: Date.now() - before.at };
      if (lap > 0) laps[kind].push({ ...one, server, runs });
    }
  return laps;
}

function rowOf(name, laps) {
  const [ours, raw] = KINDS.map((kind) => laps[kind].map(({ ms, steps }) => ms / steps));
  const best = [Math.min(...ours), Math.min(...raw)];
  const usual = [median(ours), median(raw)];
  const pair = ([a, b]) => [short(a), short(b), (a / b).toFixed(2)];
  return [name, ...pair(best), ...pair(usual)];
}

/** Milliseconds of the server's CPU that a whole run has taken, beside what two idle workers ask anyway. */
function serverShareOf(laps, idle) {
  const sum = (of) => laps.reduce((total, lap) => total + of(lap), 0);
  return (sum(({ server }) => server.cpu) - sum(({ server }) => server.ms) * idle) / sum(({ runs }) => runs);
}

/** Prints the table, and returns what a step of each side costs, and a worker that has nothing to do. */
export async function measureSteps({ databases, laps, together, cpu }) {
  const [ours, dbos] = await Promise.all(KINDS.map((kind, i) => openSide(kind, databases[i])));
  const sides = { ours, dbos };
  const alone = await lapsOf(sides, 1, laps, cpu);
  const many = await lapsOf(sides, together, Math.ceil(laps / 4), cpu);
  const before = cpu();
  const looks = await Promise.all([ours.look(), dbos.look()]);
  const both = (cpu() - before) / looks[0].ms;
  await ours.close();
  const between = cpu();
  const look = await dbos.look();
  const raw = (cpu() - between) / look.ms;
  await dbos.close();
  print(
    `A chain of ${LENGTH} steps that do nothing, milliseconds a step, the least and the median of ${laps} laps:`,
    ['chains', 'least: ours', 'raw DBOS', 'ratio', 'median: ours', 'raw DBOS', 'ratio'],
    [rowOf('one at a time', alone), rowOf(`${together} at once`, many)],
  );
  const idle = { ours: { ...looks[0], server: both - raw }, dbos: { ...look, server: raw } };
  const total = (all, what) => all.reduce((sum, lap) => sum + lap[what], 0);
  const share = (laps) => {
    const of = (kind) => shareOf(sumOf(laps[kind]), total(laps[kind], 'steps'), total(laps[kind], 'ms'), idle[kind]);
    return { ours: of('ours'), dbos: of('dbos') };
  };
  const server = (kind) => ({ length: LENGTH, ms: serverShareOf(many[kind], both) });
  return { alone: share(alone), many: share(many), idle, server: { ours: server('ours'), dbos: server('dbos') } };
}
