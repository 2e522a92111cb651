import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RunTakenError } from '../../../src/errors/run-taken-error.js';
import { PgTokenBus } from '../../../src/engine/postgres/pg-token-bus.js';
import { tokenAt, tokensOf } from '../../engine/bus-event.js';
import { RecordingReader } from '../../engine/recording-reader.js';
import { gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';
import { forkWriter } from './fork-writer.js';
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

/** How many bytes are in use when all waste is gone. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

describe('the bus in PostgreSQL, between processes', () => {
  it('gives what one process writes to another', async () => {
    const bus = openBus();
    const reader = new RecordingReader();
    bus.read('across', 0, reader);
    const { written } = await forkWriter(databaseUrl, 'across', { count: 500 });
    await reader.until(500);
    await written;
    expect(reader.events).toEqual(tokensOf('across', 1, 500));
  });

  it('lets another process go on where one was killed, and no reader sees a seam', async () => {
    const [bus, own] = [openBus(), openBus()];
    const reader = new RecordingReader();
    bus.read('killed', 0, reader);
    const { child } = await forkWriter(databaseUrl, 'killed', { count: 1_000_000 });
    while (reader.events.length < 150) await sleep(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const writer = await own.take('killed');
    expect(writer).toMatchObject({ epoch: 2, lost: false });
    expect(writer.past).toEqual(tokensOf('killed', 1, writer.seq));
    for (let seq = writer.seq + 1; seq <= writer.seq + 100; seq++) writer.push(tokenAt('killed', seq));
    await reader.until(writer.seq + 100);
    expect(reader.events).toEqual(tokensOf('killed', 1, writer.seq + 100));
  });

  it('stores nothing of a frozen process when it wakes', async () => {
    const [bus, own] = [openBus(), openBus()];
    const reader = new RecordingReader();
    bus.read('frozen', 0, reader);
    const { child, written } = await forkWriter(databaseUrl, 'frozen', { count: 1_000_000 });
    while (reader.events.length < 50) await sleep(5);
    child.kill('SIGSTOP');
    const writer = await own.take('frozen');
    for (let seq = writer.seq + 1; seq <= writer.seq + 50; seq++) writer.push(tokenAt('frozen', seq, 'mine'));
    await writer.flush();
    child.kill('SIGCONT');
    await sleep(300);
    for (let seq = writer.seq + 51; seq <= writer.seq + 100; seq++) writer.push(tokenAt('frozen', seq, 'mine'));
    await reader.until(writer.seq + 100);
    child.kill('SIGKILL');
    await expect(written).rejects.toThrow('SIGKILL');
    const mine = Array.from({ length: 100 }, (_, i) => tokenAt('frozen', writer.seq + 1 + i, 'mine'));
    expect(reader.events).toEqual([...tokensOf('frozen', 1, writer.seq), ...mine]);
  });

  it('holds nothing in memory for a reader that is not ready', async () => {
    const bus = openBus();
    const ready = gate();
    let [events, characters] = [0, 0];
    const slow = bus.read('slow', 0, {
      take: (given) => {
        events += given.length;
        for (const event of given) characters += (event as unknown as { value: string }).value.length;
        return ready.promise;
      },
    });
    const before = heapInUse();
    // They are told whole, so that they are here to be kept.
    const { written } = await forkWriter(databaseUrl, 'slow', { count: 6_000, size: 3_000, atOnce: 2, every: 0 });
    await written;
    expect(events).toBeLessThan(6_000);
    const kept = heapInUse() - before;
    ready.open();
    while (events < 6_000) await sleep(5);
    slow.close();
    expect({ events, characters }).toEqual({ events: 6_000, characters: 18_000_000 });
    expect(kept).toBeLessThan(6_000_000);
  });
});

describe('the bus in PostgreSQL, in a race', () => {
  it('has one writer at a time, whoever takes the run and however fast', async () => {
    const buses = [openBus(), openBus(), openBus()];
    const stored: { epoch: number; upTo: number }[] = [];
    const until = Date.now() + 4_000;
    const hammer = async (bus: PgTokenBus): Promise<number> => {
      let refused = 0;
      while (Date.now() < until) {
        const writer = await bus.take('raced');
        try {
          for (let seq = writer.seq + 1, flushes = 0; flushes < 1 + Math.random() * 5; flushes++) {
            for (const to = seq + Math.random() * 30; seq <= to; seq++)
              writer.push(tokenAt('raced', seq, `${writer.epoch}`));
            await writer.flush();
            stored.push({ epoch: writer.epoch, upTo: seq - 1 });
          }
        } catch (error) {
          if (!(error instanceof RunTakenError)) throw error;
          refused += 1;
        }
      }
      return refused;
    };
    const reader = new RecordingReader();
    openBus().read('raced', 0, reader);
    const refused = await Promise.all(buses.map(hammer));
    expect(Math.min(...refused)).toBeGreaterThan(0);
    const last = await buses[0].take('raced');
    const epochs = last.past.map((event) => Number((event as unknown as { value: string }).value));
    expect(last.past.map(({ seq }) => seq)).toEqual(last.past.map((_, index) => index + 1));
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    // Whatever somebody was told is stored is there, as his own.
    expect(stored.length).toBeGreaterThan(20);
    expect(stored.filter(({ epoch, upTo }) => epochs[upTo - 1] !== epoch)).toEqual([]);
    await reader.until(last.seq);
    expect(reader.events).toEqual(last.past);
  });

  it('makes its tables once, however many processes begin at once', async () => {
    const fresh = await postgres.createDatabase();
    const buses = Array.from({ length: 8 }, () => new PgTokenBus({ databaseUrl: fresh }));
    const writers = await Promise.all(buses.map((bus, index) => bus.take(`run-${index}`)));
    expect(writers.map(({ epoch }) => epoch)).toEqual(buses.map(() => 1));
    await Promise.all(buses.map((bus) => bus.close()));
    const client = new pg.Client({ connectionString: fresh });
    await client.connect();
    const { rows } = await client.query("SELECT name, version FROM stepstream.versions WHERE name = 'events'");
    await client.end();
    expect(rows).toEqual([{ name: 'events', version: 1 }]);
  });
});
