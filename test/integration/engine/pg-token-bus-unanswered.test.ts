import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PgTokenBus, type PgTokenBusOptions } from '../../../src/engine/postgres/pg-token-bus.js';
import { tokenAt, tokensOf } from '../../engine/bus-event.js';
import { RecordingReader } from '../../engine/recording-reader.js';
import { sleep } from '../../support/sleep.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let databaseUrl: string;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
});

afterAll(() => postgres.stop());

/** Connections on which a statement is done, but its answer gets lost, as often as `lost` says. */
class DeafPool extends pg.Pool {
  readonly #which: RegExp;
  readonly #meanwhile: () => void;
  lost: number;

  constructor(which: RegExp, lost: number, meanwhile: () => void = () => undefined) {
    super({ connectionString: databaseUrl });
    this.#which = which;
    this.lost = lost;
    this.#meanwhile = meanwhile;
    const query = this.query.bind(this) as (...args: unknown[]) => Promise<unknown>;
    const deaf = async (...args: unknown[]): Promise<unknown> => {
      const answer = await query(...args);
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      if (!this.#which.test(text) || this.lost === 0) return answer;
      this.lost -= 1;
      this.#meanwhile();
      throw new Error('Connection terminated unexpectedly');
    };
    this.query = deaf as typeof this.query;
  }
}

function openBus(pool: pg.Pool, owns?: PgTokenBusOptions['owns']): PgTokenBus {
  const bus = new PgTokenBus({ pool, owns });
  onTestFinished(async () => {
    await bus.close();
    await pool.end();
  });
  return bus;
}

describe('the bus in PostgreSQL, where nobody knows whether it was done', () => {
  it('stores what may be stored already once, and what has come meanwhile behind it', async () => {
    let seq = 0;
    const pushSome = (): void => {
      for (const to = seq + 7; seq < to;) writer.push(tokenAt('again', ++seq));
    };
    const pool = new DeafPool(/INSERT INTO stepstream.events/, 5, pushSome);
    const bus = openBus(pool);
    const reader = new RecordingReader();
    bus.read('again', 0, reader);
    const writer = await bus.take('again');
    pushSome();
    await writer.flush();
    await vi.waitFor(() => expect(writer.pending).toBe(0));
    await reader.until(42);
    expect({ lost: pool.lost, seq }).toEqual({ lost: 0, seq: 42 });
    expect(reader.events).toEqual(tokensOf('again', 1, 42));
    expect((await bus.take('again')).past).toEqual(tokensOf('again', 1, 42));
  });

  it('reserves in vain rather than too little', async () => {
    const pool = new DeafPool(/SET reserved = greatest\(e.reserved, g.up_to\)\n/, 2);
    const bus = openBus(pool);
    const writer = await bus.take('reserving');
    for (const event of tokensOf('reserving', 1, 10_001)) writer.push(event);
    await writer.flush();
    expect(pool.lost).toBe(0);
    expect((await bus.take('reserving')).seq).toBe(10_001);
  });

  it('takes a run once more, if it may have been taken', async () => {
    let lost = 2;
    const pool = new pg.Pool({ connectionString: databaseUrl });
    const owns = async (client: pg.PoolClient): Promise<boolean> => {
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const deaf = async (...args: unknown[]): Promise<unknown> => {
        const answer = await query(...args);
        if (args[0] !== 'COMMIT' || lost === 0) return answer;
        lost -= 1;
        throw new Error('Connection terminated unexpectedly');
      };
      client.query = deaf as typeof client.query;
      return true;
    };
    const bus = openBus(pool, owns);
    const writer = await bus.take('taken');
    expect(writer).toMatchObject({ epoch: 3, seq: 0, lost: false });
    writer.push(tokenAt('taken', 1));
    await writer.flush();
  });

  it('takes a run although its connection breaks between two statements', async () => {
    const pool = new pg.Pool({ connectionString: databaseUrl });
    let asked = 0;
    const bus = openBus(pool, async (client) => {
      if (++asked > 1) return true;
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
      await sleep(50);
      return true;
    });
    expect(await bus.take('broken')).toMatchObject({ epoch: 1, seq: 0 });
    expect(asked).toBe(2);
  });

  it('tells a loss once, though it is not known whether that was written', async (context) => {
    context.skip(!postgres.canRestart, 'the server of DATABASE_URL is not ours to crash');
    const pool = new DeafPool(/lost_up_to = greatest/, 2);
    const bus = openBus(pool);
    const writer = await bus.take('lost');
    const onLost = vi.fn(() => writer.push(tokenAt('lost', 4, 'again')));
    writer.onLost = onLost;
    for (const event of tokensOf('lost', 1, 2)) writer.push(event);
    await writer.flush();
    await postgres.restart('immediate');
    writer.push(tokenAt('lost', 3));
    await writer.flush();
    expect(pool.lost).toBe(0);
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(await bus.take('lost')).toMatchObject({ past: [tokenAt('lost', 4, 'again')], lost: true, seq: 4 });
  });
});
