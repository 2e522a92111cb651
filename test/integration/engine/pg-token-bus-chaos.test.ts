import pg from 'pg';
import type { RunEvent } from 'stepstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PgTokenBus } from '../../../src/engine/postgres/pg-token-bus.js';
import type { BusReader, BusWriter } from '../../../src/ports/token-bus.js';
import { tokenAt } from '../../engine/bus-event.js';
import { sleep } from '../../support/sleep.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const RUNS = 20;
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 8);

let postgres: PostgresServer;
let databaseUrl: string;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
});

afterAll(() => postgres.stop());

/** What is told: a piece of a text, or all of it so far. */
type Told = { readonly piece: string } | { readonly all: string };

/** The text as a reader knows it, or that it has missed something and was not told all since. */
class Fold implements BusReader {
  text: string | undefined = '';
  seq = 0;
  gaps = 0;

  take(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.seq <= this.seq) throw new Error(`The event ${event.seq} comes behind ${this.seq}.`);
      if (event.seq !== this.seq + 1) {
        this.text = undefined;
        this.gaps += 1;
      }
      this.seq = event.seq;
      const { value } = event as unknown as { readonly value: Told };
      if ('all' in value) this.text = value.all;
      else if (this.text !== undefined) this.text += value.piece;
    }
  }
}

/** Writes a text and takes its run over from itself now and then, as another worker would. */
class Author {
  readonly runId: string;
  readonly #buses: readonly PgTokenBus[];
  text = '';
  seq = 0;
  epochs = 0;
  losses = 0;

  constructor(runId: string, buses: readonly PgTokenBus[]) {
    this.runId = runId;
    this.#buses = buses;
  }

  async write(until: number): Promise<void> {
    while (Date.now() < until) {
      const writer = await this.#take();
      const pieces = 20 + Math.random() * 400;
      for (let i = 0; i < pieces && Date.now() < until; i++) {
        this.#tell(writer, { piece: `${this.epochs}.${i} ` });
        await sleep(Math.random() * 6);
      }
      // An epoch that is taken over may not have stored everything.
      if (Date.now() >= until || Math.random() < 0.5) await writer.flush();
    }
  }

  async #take(): Promise<BusWriter> {
    const writer = await this.#buses[this.epochs % this.#buses.length].take(this.runId);
    this.epochs += 1;
    expect(writer.epoch).toBeGreaterThanOrEqual(this.epochs);
    this.seq = writer.seq;
    writer.onLost = () => {
      this.losses += 1;
      this.#tell(writer, { all: this.text });
    };
    const fold = new Fold();
    fold.seq = (writer.past[0]?.seq ?? 1) - 1;
    if (writer.past[0]?.seq !== 1 && writer.past.length > 0) fold.text = undefined;
    fold.take(writer.past);
    // Where nobody knows the text any more, it begins again.
    const known = writer.lost && (writer.past.length === 0 || fold.text === undefined) ? undefined : fold.text;
    this.text = known ?? '';
    if (known === undefined) this.#tell(writer, { all: '' });
    return writer;
  }

  #tell(writer: BusWriter, told: Told): void {
    if ('piece' in told) this.text += told.piece;
    writer.push(tokenAt(this.runId, ++this.seq, told));
  }
}

/** Ends some of the connections, or all. */
async function endConnections(part: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < $1`,
    [part],
  );
  await client.end();
}

describe('the bus in PostgreSQL, in a chaos', () => {
  it('leaves every reader with the text of the last writer', { timeout: 60_000 + SECONDS * 3_000 }, async () => {
    const until = Date.now() + SECONDS * 1_000;
    const [reading, ...buses] = Array.from({ length: 4 }, () => new PgTokenBus({ databaseUrl }));
    const runs = Array.from({ length: RUNS }, (_, index) => {
      const [author, fold] = [new Author(`chaos-${index}`, buses), new Fold()];
      reading.read(author.runId, 0, fold);
      return { author, fold, written: author.write(until) };
    });
    for (const { written } of runs) written.catch(() => undefined);
    const done: string[] = [];
    while (Date.now() < until - 1_500) {
      await sleep(300 + Math.random() * 900);
      const kinds = postgres.canRestart ? ['some', 'all', 'fast', 'immediate'] : ['some', 'all'];
      const kind = kinds[done.length % kinds.length];
      done.push(kind);
      if (kind === 'fast' || kind === 'immediate') await postgres.restart(kind);
      else await endConnections(kind === 'all' ? 1 : 0.4);
    }
    await Promise.all(runs.map(({ written }) => written));
    const end = Date.now() + 20_000;
    for (const { author, fold } of runs) while (fold.seq < author.seq && Date.now() < end) await sleep(10);
    expect(runs.map(({ fold }) => fold.text)).toEqual(runs.map(({ author }) => author.text));
    const sum = (of: (run: (typeof runs)[0]) => number): number => runs.reduce((all, run) => all + of(run), 0);
    expect(done.length).toBeGreaterThanOrEqual(4);
    expect(sum(({ author }) => author.epochs)).toBeGreaterThan(RUNS * 2);
    if (postgres.canRestart) expect(sum(({ author, fold }) => author.losses + fold.gaps)).toBeGreaterThan(RUNS / 2);
    await Promise.all([reading, ...buses].map((bus) => bus.close()));
  });
});
