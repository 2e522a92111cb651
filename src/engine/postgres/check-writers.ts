import type pg from 'pg';
import { CHECK, GO_ON } from './flush-statements.js';
import type { PgBusWriter } from './pg-bus-writer.js';
import { NAME_LIFE, RESERVE } from './take-run.js';

/** Finds out whether writers still have their runs, and whether what they wrote is still there, and tells them. */
export async function checkWriters(pool: pg.Pool, writers: readonly PgBusWriter[]): Promise<void> {
  if (writers.length === 0) return;
  const { rows } = await pool.query<{ run_id: string; epoch: number; alive: boolean }>(CHECK, [
    writers.map(({ runId }) => runId),
  ]);
  const found = new Map(rows.map((row) => [row.run_id, row]));
  for (const writer of writers) if (found.get(writer.runId)?.epoch !== writer.epoch) writer.taken();
  const lost = writers.filter((writer) => {
    const row = found.get(writer.runId);
    return row?.epoch === writer.epoch && (writer.goesOn || !row.alive);
  });
  if (lost.length > 0) await goOn(pool, lost);
}

async function goOn(pool: pg.Pool, writers: readonly PgBusWriter[]): Promise<void> {
  for (const writer of writers) writer.goesOn = true;
  await pool.query(NAME_LIFE);
  const { rows } = await pool.query<{ run_id: string; epoch: number; reserved: string }>(GO_ON, [
    writers.map(({ runId }) => runId),
    writers.map(({ epoch }) => epoch),
    writers.map(({ last }) => last),
    writers.map(({ last }) => last + RESERVE),
  ]);
  for (const writer of writers) {
    const row = rows.find(({ run_id, epoch }) => run_id === writer.runId && epoch === writer.epoch);
    if (row === undefined) continue;
    writer.reserved = Number(row.reserved);
    writer.goesOn = false;
    writer.lose();
  }
}
