import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isConnectionError } from '../../../src/engine/postgres/is-connection-error.js';
import { PgTokenBus, type PgTokenBusOptions } from '../../../src/engine/postgres/pg-token-bus.js';
import { tokenAt, tokensOf } from '../../engine/bus-event.js';
import { RecordingReader } from '../../engine/recording-reader.js';
import { sleep } from '../../support/sleep.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

function openBus(options: PgTokenBusOptions): PgTokenBus {
  const bus = new PgTokenBus(options);
  onTestFinished(() => bus.close());
  return bus;
}

async function ask(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}

describe('the bus in PostgreSQL that can not do what it should', () => {
  it('passes on to who waits, or else to onError, what will not go by; and stores when it can', async () => {
    const databaseUrl = await postgres.createDatabase();
    const told: unknown[] = [];
    const bus = openBus({ databaseUrl, onError: (error) => told.push(error) });
    const writer = await bus.take('run');
    writer.push(tokenAt('run', 1));
    await writer.flush();
    await ask(databaseUrl, 'ALTER TABLE stepstream.events RENAME TO elsewhere');
    writer.push(tokenAt('run', 2));
    await expect(writer.flush()).rejects.toMatchObject({ code: '42P01' });
    expect(writer.pending).toBe(1);
    await vi.waitFor(() => expect(told.map((error) => (error as { code: string }).code)).toContain('42P01'), 3_000);
    await ask(databaseUrl, 'ALTER TABLE stepstream.elsewhere RENAME TO events');
    writer.push(tokenAt('run', 3));
    await vi.waitFor(() => expect(writer.pending).toBe(0), 3_000);
    expect((await bus.take('run')).past).toEqual(tokensOf('run', 1, 3));
  });

  it('works for who may not make tables, where somebody else has made them', async () => {
    const databaseUrl = await postgres.createDatabase();
    const role = `plain_${Math.random().toString(36).slice(2)}`;
    await ask(databaseUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
    const url = Object.assign(new URL(databaseUrl), { username: role, password: 'plain' }).href;
    const early = openBus({ databaseUrl: url, onError: (error) => refused.push(error) });
    const refused: unknown[] = [];
    await expect(early.take('run')).rejects.toMatchObject({ code: '42501' });
    const reader = new RecordingReader();
    early.read('run', 0, reader);
    await vi.waitFor(() => expect(refused[0]).toMatchObject({ code: '42501' }));

    const owner = openBus({ databaseUrl });
    await (await owner.take('run')).close();
    await ask(databaseUrl, `GRANT USAGE ON SCHEMA stepstream TO ${role}`);
    await ask(databaseUrl, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA stepstream TO ${role}`);
    const writer = await early.take('run');
    expect(writer.epoch).toBe(2);
    for (const event of tokensOf('run', 1, 3)) writer.push(event);
    await writer.flush();
    await reader.until(3);
    expect(reader.events).toEqual(tokensOf('run', 1, 3));
    await ask(databaseUrl, `DROP OWNED BY ${role}`);
    await early.close();
    await ask(databaseUrl, `DROP ROLE ${role}`);
  });

  it('throws what nobody else is told, as it does not go by', async () => {
    const databaseUrl = await postgres.createDatabase();
    const bus = openBus({ databaseUrl });
    const writer = await bus.take('run');
    await ask(databaseUrl, 'ALTER TABLE stepstream.events RENAME TO elsewhere');
    const thrown: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const watch = (error: unknown): void => void thrown.push(error);
    process.on('uncaughtException', watch);
    writer.push(tokenAt('run', 1));
    await vi.waitFor(() => expect(thrown.length).toBeGreaterThan(0));
    await ask(databaseUrl, 'ALTER TABLE stepstream.elsewhere RENAME TO events');
    await vi.waitFor(() => expect(writer.pending).toBe(0), 3_000);
    process.off('uncaughtException', watch);
    for (const other of others) process.on('uncaughtException', other);
    expect(thrown[0]).toMatchObject({ code: '42P01' });
  });

  it(
    'says that it could not store, if the database has not come back by the end',
    { timeout: 40_000 },
    async (context) => {
      context.skip(!postgres.canRestart, 'the server of DATABASE_URL is not ours to stop');
      const gone = await startPostgres();
      const bus = new PgTokenBus({ databaseUrl: await gone.createDatabase() });
      const writer = await bus.take('run');
      bus.read('run', 0, new RecordingReader());
      await sleep(50);
      await gone.stop();
      writer.push(tokenAt('run', 1));
      const began = Date.now();
      const error: unknown = await bus.close().catch((thrown: unknown) => thrown);
      expect(isConnectionError(error)).toBe(true);
      expect(Date.now() - began).toBeGreaterThan(9_000);
      expect(Date.now() - began).toBeLessThan(25_000);
    },
  );

  it('wants connections, and gives none when it is closed', async () => {
    expect(() => new PgTokenBus({})).toThrow('databaseUrl');
    const bus = new PgTokenBus({ databaseUrl: await postgres.createDatabase() });
    await bus.close();
    await bus.close();
    await expect(bus.take('run')).rejects.toThrow('closed');
    expect(() => bus.read('run', 0, new RecordingReader())).toThrow('closed');
  });
});

describe('the bus in PostgreSQL on connections of its caller', () => {
  it('uses them, and leaves them as they were', async () => {
    const pool = new pg.Pool({ connectionString: await postgres.createDatabase(), max: 2 });
    const bus = new PgTokenBus({ pool });
    const reader = new RecordingReader();
    bus.read('run', 0, reader);
    const writer = await bus.take('run');
    for (const event of tokensOf('run', 1, 20)) writer.push(event);
    await reader.until(20);
    await bus.close();
    expect(pool.listenerCount('error')).toBe(0);
    // Whatever the bus has set in a session, it is not set any more.
    const { rows } = await pool.query<{ synchronous_commit: string }>('SHOW synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: 'on' }]);
    const { rows: sessions } = await pool.query<{ query: string }>(
      "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    expect(sessions).toEqual([]);
    await pool.end();
  });

  it('asks in the transaction of a take who may have the run', async () => {
    const databaseUrl = await postgres.createDatabase();
    await ask(databaseUrl, 'CREATE TABLE owners (run_id text, taken_by xid8)');
    let may = true;
    const bus = openBus({
      databaseUrl,
      owns: async (client, runId) => {
        await client.query('INSERT INTO owners VALUES ($1, pg_current_xact_id())', [runId]);
        return may;
      },
    });
    await bus.take('run');
    may = false;
    await expect(bus.take('run')).rejects.toMatchObject({ code: 'RUN_TAKEN' });
    const pool = new pg.Pool({ connectionString: databaseUrl });
    // What was written while it was asked is gone with the take that was not.
    expect((await pool.query('SELECT run_id FROM owners')).rows).toEqual([{ run_id: 'run' }]);
    expect((await pool.query('SELECT epoch FROM stepstream.epochs')).rows).toEqual([{ epoch: 1 }]);
    await pool.end();
  });

  it('prunes in any number, and what is written meanwhile stays', async () => {
    const pool = new pg.Pool({ connectionString: await postgres.createDatabase() });
    const bus = openBus({ pool });
    onTestFinished(() => pool.end());
    const writers = await Promise.all(Array.from({ length: 1_200 }, (_, index) => bus.take(`old-${index}`)));
    for (const [index, writer] of writers.entries()) writer.push(tokenAt(`old-${index}`, 1));
    await Promise.all(writers.map((writer) => writer.flush()));
    await sleep(1_000);
    const alive = await bus.take('alive');
    alive.push(tokenAt('alive', 1));
    await alive.flush();
    expect(await bus.prune(900)).toBe(1_200);
    const { rows } = await pool.query('SELECT DISTINCT run_id FROM stepstream.events');
    expect(rows).toEqual([{ run_id: 'alive' }]);
  });
});
