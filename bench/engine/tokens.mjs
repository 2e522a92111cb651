/** Tokens from `yield` in a worker to a reader in another process, through the whole engine, beside DBOS's own streams. */
import { shareOf } from './asked.mjs';
import { Child } from './child.mjs';
import { query } from './query.mjs';
import { print, short } from './tables.mjs';

async function measure(kind, url, { streams, every, ms, idle, cpu }) {
  const [worker, reader] = [new Child('process.mjs', kind), new Child('process.mjs', kind)];
  await worker.ask('work', { url, pipeline: 'talk', concurrency: streams });
  const over = worker.ask('expect', streams);
  const given = { url, pipeline: 'talk', runs: streams, state: { every, ms } };
  const before = { at: Date.now(), cpu: cpu() };
  const [said, read] = await Promise.all([over, reader.ask('tokens', given)]);
  const server = cpu() - before.cpu - (Date.now() - before.at) * (idle?.[kind].server ?? 0);
  await worker.ask('close');
  await Promise.all([worker.end(), reader.end()]);
  return { ...read, server: (server / read.count) * 1000, asked: shareOf(said, said.ms / 1000, said.ms, idle?.[kind]) };
}

/** Prints the table, and returns what the workers ask in a second, beside what idle ones do. */
export async function measureTokens({ databases, loads, ms, idle, cpu }) {
  const rows = [];
  const asked = [];
  for (const [streams, every] of loads) {
    const ours = await measure('ours', databases[0], { streams, every, ms, idle, cpu });
    const raw = await measure('dbos', databases[1], { streams, every, ms, idle, cpu });
    const offered = (streams * 1000) / every;
    const cells = ({ rate, p50, p99 }) => [short(rate), `${short(p50)} (${short(p99)})`];
    rows.push([`${streams}, ${every} ms`, short(offered), ...cells(ours), ...cells(raw)]);
    asked.push({ streams, every, ours, dbos: raw });
  }
  print(
    'Tokens from `yield` in a worker to `run.tokens()` in another process, ms p50 (p99):',
    ['streams, a token every', 'offered/s', 'ours: read/s', 'ms', '`DBOS.writeStream`: read/s', 'ms'],
    rows,
  );
  const [{ json, disk }] = await query(
    databases[0],
    `SELECT sum(size)::float8 AS json, pg_total_relation_size('stepstream.events')::float8 AS disk FROM stepstream.events`,
  );
  const of = (bytes) => Math.round(bytes / asked.reduce((sum, { ours }) => sum + ours.count, 0));
  console.log(`Each of ours is ${of(json)} bytes of JSON, and takes ${of(disk)} bytes until it is pruned.\n`);
  return asked;
}
