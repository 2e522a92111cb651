/** What each session that listens, to whatever, costs the server at each commit that notifies. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { print } from './tables.mjs';

const open = async (connectionString, statement) => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(statement);
  return client;
};

/** Milliseconds of the server's CPU for a notification, with so many sessions that listen to something else. */
async function measure({ url, listeners, times, cpu }) {
  const listening = await Promise.all(Array.from({ length: listeners }, () => open(url, 'LISTEN something_else')));
  const writer = await open(url, 'SET synchronous_commit = off');
  await sleep(500);
  const before = cpu();
  for (let i = 0; i < times; i++) {
    await writer.query("SELECT pg_notify('bench', $1)", [String(i)]);
    // So that everybody has gone to sleep again.
    await sleep(5);
  }
  await sleep(100);
  const taken = (cpu() - before) / times;
  await Promise.all([...listening, writer].map((client) => client.end()));
  return taken;
}

/** Prints the table. */
export async function measureListeners({ url, cpu, counts, times }) {
  const rows = [];
  for (const listeners of counts) rows.push([listeners, (await measure({ url, listeners, times, cpu })).toFixed(2)]);
  print('A commit that notifies, ms of CPU of PostgreSQL:', ['sessions that listen to another channel', 'ms'], rows);
}
