/**
 * Tokens from one process to another through PostgreSQL: `node --import tsx bench/token-bus.mjs`. The bus, which stores
 * them, beside one `pg_notify` per token, which does not. DATABASE_URL, EVERY and STREAMS are used if they are set.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { PgTokenBus } from '../src/engine/postgres/pg-token-bus.ts';
import { startPostgres } from '../test/integration/engine/start-postgres.ts';

/** Milliseconds between two tokens of a stream, and how many streams. */
const EVERY = Number(process.env.EVERY ?? 2);
const STREAMS = (process.env.STREAMS ?? '1,50').split(',').map(Number);
const TOKENS = 1_000;
const now = () => performance.timeOrigin + performance.now();
const tokenAt = (runId, seq) => ({
  ...{ v: 1, type: 'token', runId, seq, pipeline: 'Bot', step: 'respond', path: [], visit: 1, attempt: 1 },
  value: { said: ' word', at: now() },
});

/** Calls `push(stream, seq)` for every stream every EVERY milliseconds. */
async function offer(streams, push) {
  const begin = performance.now();
  for (let seq = 1; seq <= TOKENS;) {
    while (seq <= TOKENS && performance.now() >= begin + seq * EVERY) {
      for (let stream = 0; stream < streams; stream++) push(stream, seq);
      seq += 1;
    }
    await sleep(1);
  }
}

const writers = {
  async bus(url, streams, tag) {
    const bus = new PgTokenBus({ databaseUrl: url });
    const all = await Promise.all(Array.from({ length: streams }, (_, i) => bus.take(`${tag}-${i}`)));
    await offer(streams, (stream, seq) => all[stream].push(tokenAt(`${tag}-${stream}`, seq)));
    await bus.close();
  },
  async notify(url, streams, tag) {
    const queue = [];
    let offered = false;
    const send = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      while (!offered || queue.length > 0)
        if (queue.length > 0) await client.query("SELECT pg_notify('bench', $1)", [queue.shift()]);
        else await sleep(1);
      await client.end();
    };
    const sent = Promise.all(Array.from({ length: 4 }, send));
    await offer(streams, (stream, seq) => queue.push(JSON.stringify(tokenAt(`${tag}-${stream}`, seq))));
    offered = true;
    await sent;
  },
};

const readers = {
  async bus(url, streams, tag, take) {
    const bus = new PgTokenBus({ databaseUrl: url });
    for (let i = 0; i < streams; i++) bus.read(`${tag}-${i}`, 0, { take: (events) => events.forEach(take) });
    return () => bus.close();
  },
  async notify(url, _streams, _tag, take) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    client.on('notification', ({ payload }) => take(JSON.parse(payload)));
    await client.query('LISTEN bench');
    return () => client.end();
  },
};

async function measure(url, kind, streams) {
  const tag = `bench-${kind}-${streams}-${Date.now()}`;
  const delays = [];
  const ends = { first: 0, last: 0 };
  let allRead;
  const read = new Promise((resolve) => (allRead = resolve));
  const stop = await readers[kind](url, streams, tag, ({ value }) => {
    ends.last = now();
    ends.first ||= ends.last;
    delays.push(ends.last - value.at);
    if (delays.length === streams * TOKENS) allRead();
  });
  const child = fork(fileURLToPath(import.meta.url), [kind, url, String(streams), tag], {
    execArgv: ['--import', 'tsx'],
  });
  await Promise.all([read, once(child, 'exit')]);
  await stop();
  delays.sort((a, b) => a - b);
  const at = (part) => delays[Math.floor(delays.length * part)].toFixed(1);
  const rate = Math.round((delays.length / (ends.last - ends.first)) * 1000);
  console.log(
    `| ${kind} | ${streams} | ${Math.round((streams * 1000) / EVERY)} | ${rate} | ${at(0.5)} | ${at(0.99)} |`,
  );
}

const [kind, url, streams, tag] = process.argv.slice(2);
if (kind !== undefined) {
  await writers[kind](url, Number(streams), tag);
} else {
  const postgres = await startPostgres();
  const database = await postgres.createDatabase();
  console.log(`Node ${process.version}, one token every ${EVERY} ms and stream\n`);
  console.log('| by | streams | offered/s | read/s | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- | --- |');
  for (const count of STREAMS) for (const by of ['bus', 'notify']) await measure(database, by, count);
  await postgres.stop();
}
