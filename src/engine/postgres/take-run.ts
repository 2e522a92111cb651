import type pg from 'pg';
import { RunTakenError } from '../../errors/run-taken-error.js';
import type { RunEvent } from '../../run/events.js';
import type { TakenRun } from '../durable/buffered-writer.js';
import { inTransaction } from './in-transaction.js';

/** How many events a writer may write before it has to say again how far it has come. */
export const RESERVE = 10_000;

/** Makes sure that this life of the unlogged tables has a name. */
export const NAME_LIFE = 'INSERT INTO stepstream.life DEFAULT VALUES ON CONFLICT DO NOTHING';

interface EpochRow {
  readonly epoch: number;
  readonly reserved: string;
  readonly lost_up_to: string;
  readonly life: string | null;
}

/** Begins a new epoch of a run, if whoever asks for it may: from its commit on no older epoch writes any more. */
export async function takeRun(
  pool: pg.Pool,
  runId: string,
  owns: (client: pg.PoolClient, runId: string) => Promise<boolean>,
): Promise<TakenRun & { readonly reserved: number }> {
  return inTransaction(pool, async (client) => {
    // The row is locked from here on: an older epoch that is just writing has written, and no other can.
    const { rows } = await client.query<EpochRow>(
      `INSERT INTO stepstream.epochs (run_id) VALUES ($1)
      ON CONFLICT (run_id) DO UPDATE SET epoch = epochs.epoch RETURNING epoch, reserved, lost_up_to, life`,
      [runId],
    );
    if (!(await owns(client, runId))) throw new RunTakenError(runId);
    await client.query(NAME_LIFE);
    const { life } = (await client.query<{ life: string }>('SELECT id AS life FROM stepstream.life')).rows[0];
    const before = rows[0];
    const lostNow = before.epoch > 0 && before.life !== life;
    const lostUpTo = lostNow ? Number(before.reserved) : Number(before.lost_up_to);
    const past = await readPast(client, runId);
    const seq = Math.max(lostUpTo, past.at(-1)?.seq ?? 0);
    const reserved = Math.max(Number(before.reserved), seq + RESERVE);
    const epoch = before.epoch + 1;
    await client.query(
      'UPDATE stepstream.epochs SET epoch = $2, reserved = $3, lost_up_to = $4, life = $5 WHERE run_id = $1',
      [runId, epoch, reserved, lostUpTo, life],
    );
    return { runId, epoch, past, seq, lost: lostUpTo > 0, reserved };
  });
}

async function readPast(client: pg.PoolClient, runId: string): Promise<readonly RunEvent[]> {
  const { rows } = await client.query<{ events: string }>(
    'SELECT events FROM stepstream.events WHERE run_id = $1 ORDER BY first_seq',
    [runId],
  );
  return rows.flatMap(({ events }) => JSON.parse(events) as readonly RunEvent[]);
}
