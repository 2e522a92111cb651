/**
 * The engine on DBOS and PostgreSQL beside DBOS itself, each in processes of its own, over the built package:
 * `npm run build && node --import tsx bench/engine.mjs`, about four minutes. Prints the tables that bench/README.md has.
 *
 * DATABASE_URL: a server instead of one from npm. FSYNC=on: that one then waits for its disk. QUICK=on: a few of
 * everything, to see that it works. ONLY=steps,runs,tokens,listeners: not all. SRC=on: over the sources, without a build.
 * TEXTS=on: the statements of a step too.
 */
import { cpus } from 'node:os';
import { startPostgres } from '../test/integration/engine/start-postgres.ts';
import { shareOf } from './engine/asked.mjs';
import { measureListeners } from './engine/listeners.mjs';
import { measureRuns } from './engine/runs.mjs';
import { query } from './engine/query.mjs';
import { serverCpu } from './engine/server-cpu.mjs';
import { measureSteps } from './engine/steps.mjs';
import { print, short } from './engine/tables.mjs';
import { measureTokens } from './engine/tokens.mjs';

const { ONLY, QUICK, FSYNC, DATABASE_URL } = process.env;
const quick = QUICK === 'on';
const wanted = (part) => ONLY === undefined || ONLY.split(',').includes(part);
const STEPS = quick ? { laps: 2, together: 5 } : { laps: 16, together: 20 };
const RUNS = quick ? { workers: [1, 2], runs: 20 } : { workers: [1, 2, 4], runs: 200 };
const EVERY = 20;
const TOKENS = quick
  ? { loads: [[1, EVERY], [5, EVERY]], ms: 1000 } // prettier-ignore
  : { loads: [[1, EVERY], [50, EVERY], [200, EVERY], [50, 2]], ms: 5000 }; // prettier-ignore
const LISTENERS = quick ? { counts: [0, 10], times: 50 } : { counts: [0, 10, 50, 150], times: 500 };

const SIDES = { ours: 'ours', dbos: 'raw DBOS' };

/** A row for each side: what `of` says of it. */
const rowsOf = (name, of) => Object.keys(SIDES).map((kind) => [`${name}: ${SIDES[kind]}`, ...of(kind).map(short)]);

function printAsked({ alone, many, idle, server }, runs) {
  const three = ({ statements, commits, cpu }) => [statements, commits, cpu];
  const idleOf = (kind) => shareOf(idle[kind], idle[kind].ms / 1000);
  const ofRun = (kind) => shareOf(runs[kind].asked, runs[kind].runs, runs[kind].ms, idle[kind]);
  const onServer = (kind) => (runs[kind].server - runs[kind].ms * idle[kind].server) / runs[kind].runs;
  // Two kinds of runs that differ in nothing but the number of their steps.
  const step = (kind) => (server[kind].ms - onServer(kind)) / (server[kind].length - runs[kind].length);
  const rows = [
    ...rowsOf('a step, one chain at a time', (kind) => [...three(alone[kind]), NaN]),
    ...rowsOf('a step, many at once', (kind) => [...three(many[kind]), runs ? step(kind) : NaN]),
    ...(runs ? rowsOf('a run of 5 steps, all in all', (kind) => [...three(ofRun(kind)), onServer(kind)]) : []),
    ...(runs ? rowsOf('who starts it', (kind) => [...three(runs[kind].start), NaN]) : []),
    ...rowsOf('a second of an idle worker', (kind) => [...three(idleOf(kind)), 1000 * idle[kind].server]),
  ];
  print('What it asks of the database:', ['', 'statements', 'writing commits', 'ms of CPU', 'ms of PostgreSQL'], rows);
  if (process.env.TEXTS !== 'on') return;
  printTexts('a step', (kind) => alone[kind].texts);
  if (runs) printTexts('a run of 5', (kind) => ofRun(kind).texts);
  if (runs) printTexts('who starts it', (kind) => runs[kind].start.texts);
  printTexts('a second of an idle worker', (kind) => idleOf(kind).texts);
}

/** Transactions by their first statements. */
function printTexts(name, of) {
  for (const [kind, side] of Object.entries(SIDES)) {
    console.log(`\n${name}, ${side}: how often, of how many statements, beginning with`);
    for (const [label, times, statements] of of(kind).sort(([, a], [, b]) => b - a))
      console.log(`${times.toFixed(2).padStart(7)} ${statements.toFixed(1).padStart(5)} ${label}`);
  }
}

function printStreams(asked, beside) {
  const cells = ({ asked: { statements, commits, cpu }, server }) => [statements, commits, cpu, server];
  const rows = asked.flatMap(({ streams, every, ...sides }) =>
    rowsOf(`${streams} ${streams === 1 ? 'stream' : 'streams'}, ${every} ms`, (kind) => cells(sides[kind])),
  );
  const columns = ['statements', 'writing commits', 'ms of CPU', 'ms of PostgreSQL for 1,000 tokens'];
  print(`What a worker asks in a second while it streams${beside}:`, ['', ...columns], rows);
}

const postgres = await startPostgres();
try {
  const show = async (name) => (await query(postgres.url, `SELECT current_setting('${name}') AS value`))[0].value;
  if (FSYNC === 'on') {
    if (DATABASE_URL) throw new Error('FSYNC is for the server from npm; that of DATABASE_URL has its own settings.');
    for (const name of ['fsync', 'full_page_writes']) await query(postgres.url, `ALTER SYSTEM SET ${name} = on`);
    await query(postgres.url, 'SELECT pg_reload_conf()');
    while ((await show('fsync')) !== 'on');
  }
  const version = (await show('server_version')).split(' ')[0];
  const fsync = await show('fsync');
  const begun = Date.now();
  // Of a server that isn't ours nobody may know where its data are.
  const data = DATABASE_URL ? undefined : await show('data_directory');
  const cpu = () => (data === undefined ? undefined : serverCpu(data)) ?? NaN;
  const databases = async () => [await postgres.createDatabase(), await postgres.createDatabase()];
  console.log(`Node ${process.version.slice(1)}, PostgreSQL ${version} with fsync ${fsync}, ${cpus().length} cores\n`);
  const steps = wanted('steps') ? await measureSteps({ databases: await databases(), ...STEPS, cpu }) : undefined;
  const runs = wanted('runs') ? await measureRuns({ databases: await databases(), ...RUNS, cpu }) : undefined;
  if (steps !== undefined) printAsked(steps, runs);
  if (wanted('tokens'))
    printStreams(
      await measureTokens({ databases: await databases(), ...TOKENS, idle: steps?.idle, cpu }),
      steps ? ', beside what an idle one does' : '',
    );
  if (wanted('listeners') && data !== undefined)
    await measureListeners({ url: await postgres.createDatabase(), cpu, ...LISTENERS });
  console.error(`${Math.round((Date.now() - begun) / 1000)} s`);
} finally {
  await postgres.stop();
}
