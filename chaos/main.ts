// node --import tsx chaos/main.ts --runs 200 --minutes 10 --kill workers|postgres|freeze|all
// [--calm-after 8 (minutes)] [--workers 3] [--concurrency 8 (runs of a worker)] [--at-once 20 (of each of two clients)] [--quiet]
import { parseArgs } from 'node:util';
import type { Kill } from './disturb.js';
import { runChaos } from './run-chaos.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    kill: { type: 'string', default: 'workers' },
    workers: { type: 'string', default: '3' },
    'at-once': { type: 'string', default: '20' },
    speed: { type: 'string', default: '0.5' },
    concurrency: { type: 'string', default: '8' },
    'calm-after': { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});
if (!['workers', 'postgres', 'freeze', 'all'].includes(values.kill))
  throw new RangeError(`--kill is workers, postgres, freeze or all, not ${values.kill}`);
const kill = values.kill as Kill;
const began = Date.now();
const report = await runChaos({
  ...{ kill, runs: Number(values.runs), deadline: Number(values.minutes) * 60_000 },
  ...{ workers: Number(values.workers), atOnce: Number(values['at-once']), speed: Number(values.speed) },
  concurrency: Number(values.concurrency),
  ...(values['calm-after'] !== undefined && { calmAfter: Number(values['calm-after']) * 60_000 }),
  ...((kill === 'freeze' || kill === 'all') && {
    failover: { heartbeat: 500, frozenAfter: 4_000, lookEvery: 200 },
  }),
  ...(!values.quiet && {
    log: (line: string) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`),
  }),
});
console.log(JSON.stringify(report, null, 2));
process.exitCode = report.problems.length === 0 ? 0 : 1;
