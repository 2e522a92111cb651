import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PgTokenBus } from '../../../src/engine/postgres/pg-token-bus.js';
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

function openBus(): PgTokenBus {
  const bus = new PgTokenBus({ databaseUrl });
  onTestFinished(() => bus.close());
  return bus;
}

/** A statement beside the bus. */
async function ask(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
}

describe.skipIf(process.env.DATABASE_URL)('the bus over restarts of PostgreSQL', () => {
  it('loses nothing when it restarts cleanly in the middle of streams', async () => {
    const [bus, other] = [openBus(), openBus()];
    const runs = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (name) => {
        const runId = `clean-${name}`;
        const reader = new RecordingReader();
        other.read(runId, 0, reader);
        const writer = await bus.take(runId);
        const onLost = vi.fn();
        writer.onLost = onLost;
        return { runId, reader, writer, onLost };
      }),
    );
    const write = async (): Promise<void> => {
      for (let seq = 1; seq <= 600; seq++) {
        for (const { runId, writer } of runs) writer.push(tokenAt(runId, seq));
        await sleep(3);
      }
      await Promise.all(runs.map(({ writer }) => writer.flush()));
    };
    const written = write();
    await sleep(300);
    await postgres.restart('fast');
    await sleep(700);
    await postgres.restart('fast');
    await written;
    for (const { runId, reader, onLost } of runs) {
      await reader.until(600);
      expect(reader.events).toEqual(tokensOf(runId, 1, 600));
      expect(onLost).not.toHaveBeenCalled();
    }
  });

  it('tells a writer that it has crashed in the middle of a stream, and writes on what is said then', async () => {
    const [bus, other] = [openBus(), openBus()];
    const reader = new RecordingReader();
    other.read('crashed', 0, reader);
    const writer = await bus.take('crashed');
    let seq = 0;
    const lostAt: number[] = [];
    writer.onLost = () => {
      lostAt.push(seq);
      writer.push(tokenAt('crashed', ++seq, 'everything so far'));
    };
    const write = async (): Promise<void> => {
      while (seq < 800) {
        writer.push(tokenAt('crashed', ++seq));
        await sleep(2);
      }
      await writer.flush();
    };
    const written = write();
    while (reader.events.length < 100) await sleep(2);
    await postgres.restart('immediate');
    await written;
    await reader.until(seq);
    expect(lostAt).toHaveLength(1);
    const again = lostAt[0] + 1;
    const before = reader.events.filter((event) => event.seq < again);
    expect(before).toEqual(tokensOf('crashed', 1, before.length));
    expect(reader.events.slice(before.length)).toEqual([
      tokenAt('crashed', again, 'everything so far'),
      ...tokensOf('crashed', again + 1, seq),
    ]);
    // Who comes now gets what was said after the loss.
    const late = new RecordingReader();
    other.read('crashed', 0, late);
    await late.until(seq);
    expect(late.events).toEqual(reader.events.slice(before.length));
  });

  it('gives a new epoch after a crash a seq behind all that the one before can have given', async () => {
    const dies = openBus();
    const old = await dies.take('reserved');
    let last = 0;
    for (const count of [10_000, 1, 12_345]) {
      for (const event of tokensOf('reserved', last + 1, last + count)) old.push(event);
      last += count;
      await old.flush();
    }
    await postgres.restart('immediate');
    const writer = await openBus().take('reserved');
    expect(writer).toMatchObject({ epoch: 2, past: [], lost: true });
    expect(writer.seq).toBeGreaterThanOrEqual(22_346);
    expect(writer.seq).toBeLessThanOrEqual(22_346 + 20_000);
  });

  it('tells writers that say nothing, too: that all is lost, or that another has the run', async () => {
    const [bus, other] = [openBus(), openBus()];
    const [silent, taken] = [await bus.take('silent'), await bus.take('silent-taken')];
    const [onLost, onTaken] = [vi.fn(), vi.fn()];
    silent.onLost = onLost;
    taken.onTaken = onTaken;
    silent.push(tokenAt('silent', 1));
    await silent.flush();
    await postgres.restart('immediate');
    await other.take('silent-taken');
    await vi.waitFor(() => expect([onLost.mock.calls, onTaken.mock.calls]).toEqual([[[]], [[]]]), { timeout: 12_000 });
    await expect(taken.flush()).rejects.toMatchObject({ code: 'RUN_TAKEN' });
  });

  it('takes runs, prunes and reads while it restarts', async () => {
    const [bus, other] = [openBus(), openBus()];
    const first = await bus.take('meanwhile');
    first.push(tokenAt('meanwhile', 1));
    await first.flush();
    const restarted = postgres.restart('fast');
    const reader = new RecordingReader();
    other.read('meanwhile', 0, reader);
    const [writer, pruned] = await Promise.all([other.take('meanwhile'), bus.prune(60_000), restarted]);
    expect(pruned).toBe(0);
    expect(writer).toMatchObject({ seq: 1, lost: false });
    writer.push(tokenAt('meanwhile', 2));
    await reader.until(2);
    expect(reader.events).toEqual(tokensOf('meanwhile', 1, 2));
  });
});

describe('the bus when a connection is lost', () => {
  it('listens on another one, for readers and for everybody else, and misses nothing', async () => {
    const [bus, other] = [openBus(), openBus()];
    const reader = new RecordingReader();
    other.read('unheard', 0, reader);
    const heard: string[] = [];
    const onListening = vi.fn();
    other.listener.listen('of my own', { onPayload: (payload) => heard.push(payload), onListening });
    const writer = await bus.take('unheard');
    for (let seq = 1; seq <= 500; seq++) {
      writer.push(tokenAt('unheard', seq));
      if (seq % 125 === 0)
        await ask(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
        );
      await sleep(2);
    }
    await reader.until(500);
    expect(reader.events).toEqual(tokensOf('unheard', 1, 500));
    await vi.waitFor(() => expect(onListening.mock.calls.length).toBeGreaterThanOrEqual(4), { timeout: 5_000 });
    // It may just be losing the last connection that was ended; then it says again that it listens.
    const said = async (): Promise<void> => {
      await ask(`SELECT pg_notify('of my own', 'hello')`);
      expect(heard).toContain('hello');
    };
    await vi.waitFor(said, { timeout: 5_000 });
    expect(new Set(heard)).toEqual(new Set(['hello']));
  });

  it('writes on another one when all of its own are ended', async () => {
    const [bus, other] = [openBus(), openBus()];
    const reader = new RecordingReader();
    other.read('ended', 0, reader);
    const writer = await bus.take('ended');
    for (let seq = 1; seq <= 400; seq++) {
      writer.push(tokenAt('ended', seq));
      if (seq % 40 === 0)
        await ask(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      await sleep(1);
    }
    await writer.flush();
    await reader.until(400);
    expect(reader.events).toEqual(tokensOf('ended', 1, 400));
  });

  it('is silent on a channel that nobody listens to any more', async () => {
    const bus = openBus();
    const heard: string[] = [];
    const onListening = vi.fn();
    const listener = { onPayload: (payload: string) => heard.push(payload), onListening };
    const stop = bus.listener.listen('for a while', listener);
    await vi.waitFor(() => expect(onListening).toHaveBeenCalledTimes(1));
    await ask(`SELECT pg_notify('for a while', 'one')`);
    await vi.waitFor(() => expect(heard).toEqual(['one']));
    stop();
    stop();
    await ask(`SELECT pg_notify('for a while', 'two')`);
    const again = bus.listener.listen('for a while', listener);
    await vi.waitFor(() => expect(onListening).toHaveBeenCalledTimes(2));
    await ask(`SELECT pg_notify('for a while', 'three')`);
    await vi.waitFor(() => expect(heard.at(-1)).toBe('three'));
    expect(heard).toEqual(['one', 'three']);
    again();
  });
});
