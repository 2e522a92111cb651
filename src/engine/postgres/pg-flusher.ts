import type pg from 'pg';
import type { EventRow, WriterStore } from '../durable/buffered-writer.js';
import { channelOf } from './channel-of.js';
import { checkWriters } from './check-writers.js';
import { RESERVE_MORE, STORE } from './flush-statements.js';
import { isConnectionError } from './is-connection-error.js';
import type { PgBusWriter } from './pg-bus-writer.js';
import { RESERVE } from './take-run.js';
import { backOff } from './while-unreachable.js';

/** About how many characters are in a row, and how many are sent at once. */
const ROW = 250_000;
const STATEMENT = 4_000_000;
/** How many milliseconds the database has to come back when everything is let go. */
const LAST_PATIENCE = 10_000;
const ANSWER_WITHIN = 30_000;

type Batch = ReadonlyMap<PgBusWriter, readonly EventRow[]>;

/** What a flusher is made of. */
export interface PgFlusherOptions {
  readonly pool: pg.Pool;
  /** How many milliseconds are between two flushes, if nobody waits for the second. */
  readonly flushEvery: number;
  readonly onError: (error: unknown) => void;
}

/** Stores what all writers of the process hold, one statement at a time. */
export class PgFlusher implements WriterStore {
  readonly #options: PgFlusherOptions;
  readonly #writers = new Set<PgBusWriter>();
  readonly #dirty = new Set<PgBusWriter>();
  readonly #doubted = new Set<PgBusWriter>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushing = false;
  #begun = -Infinity;
  #failures = 0;
  #giveUpAt = Infinity;

  constructor(options: PgFlusherOptions) {
    this.#options = options;
  }

  add(writer: PgBusWriter): void {
    this.#writers.add(writer);
  }

  wake(writer: PgBusWriter, atOnce: boolean): void {
    this.#dirty.add(writer);
    this.#schedule(atOnce);
  }

  forget(writer: PgBusWriter): void {
    this.#writers.delete(writer);
    this.#dirty.delete(writer);
    this.#doubted.delete(writer);
  }

  /** Finds out soon whether writers that hold nothing have still got what they had; the others learn it as they write. */
  doubt(): void {
    for (const writer of this.#writers) if (writer.pending === 0) this.#doubted.add(writer);
    if (this.#doubted.size > 0) this.#schedule(false);
  }

  /** Stores what is still to be stored; rejects if the database does not come back for it. */
  async close(): Promise<void> {
    this.#giveUpAt = Date.now() + LAST_PATIENCE;
    // Also if no answer comes at all.
    const late = new Error('Connection terminated: nothing could be stored before the end');
    const timer = setTimeout(() => this.#writers.forEach((writer) => writer.fail(late)), 2 * LAST_PATIENCE);
    const closed = await Promise.allSettled([...this.#writers].map((writer) => writer.close()));
    clearTimeout(timer);
    clearTimeout(this.#timer);
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #schedule(atOnce: boolean): void {
    // The flush that goes on, or the pause after one that has failed, looks for more itself.
    if (this.#flushing || (this.#failures > 0 && this.#timer !== undefined)) return;
    if (atOnce) clearTimeout(this.#timer);
    else if (this.#timer !== undefined) return;
    const pause = this.#begun + this.#options.flushEvery - performance.now();
    const wait = this.#failures > 0 ? backOff(this.#failures) : atOnce ? 0 : Math.max(0, pause);
    // Not in the same turn even at once: what is pushed now belongs to it.
    this.#timer = setTimeout(() => void this.#flush(), wait);
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    this.#flushing = true;
    this.#begun = performance.now();
    try {
      await this.#store();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#fail(error);
    }
    this.#flushing = false;
    if (this.#dirty.size + this.#doubted.size > 0)
      this.#schedule([...this.#dirty].some(({ isWaitedFor }) => isWaitedFor));
  }

  #fail(error: unknown): void {
    const waited = [...this.#dirty].filter(({ isWaitedFor }) => isWaitedFor);
    const passes = isConnectionError(error) && Date.now() < this.#giveUpAt;
    if (passes || waited.length === 0) return this.#options.onError(error);
    for (const writer of waited) writer.fail(error);
  }

  async #store(): Promise<void> {
    const batch = this.#nextBatch();
    const refused = await this.#reserve(batch);
    const rows = [...batch].flatMap(([writer, ofWriter]) =>
      refused.includes(writer) ? [] : ofWriter.map((row) => ({ writer, row })),
    );
    const stored = rows.length === 0 ? [] : await this.#send(rows);
    const upTo = new Map<string, number>();
    for (const row of stored) {
      const key = `${row.epoch} ${row.run_id}`;
      upTo.set(key, Math.max(upTo.get(key) ?? 0, Number(row.last_seq)));
    }
    for (const writer of batch.keys()) {
      const last = upTo.get(`${writer.epoch} ${writer.runId}`);
      if (last === undefined) continue;
      writer.stored(last);
      if (writer.pending === 0) this.#dirty.delete(writer);
    }
    for (const writer of batch.keys()) if (!upTo.has(`${writer.epoch} ${writer.runId}`)) this.#doubted.add(writer);
    await this.#check();
  }

  /** As much as may be sent at once, beginning with those that wait for longest. */
  #nextBatch(): Batch {
    const batch = new Map<PgBusWriter, readonly EventRow[]>();
    let left = STATEMENT;
    for (const writer of [...this.#dirty]) {
      if (left <= 0) break;
      if (this.#doubted.has(writer)) continue;
      const rows = writer.rows(ROW, left);
      this.#dirty.delete(writer);
      if (rows.length === 0) continue;
      // Behind the others, if something of it is left; and if this fails, it all is.
      this.#dirty.add(writer);
      batch.set(writer, rows);
      for (const { events } of rows) left -= events.length;
    }
    return batch;
  }

  async #send(rows: readonly { readonly writer: PgBusWriter; readonly row: EventRow }[]) {
    const statement = {
      name: 'stepstream-store',
      text: STORE,
      values: [
        rows.map(({ writer }) => writer.runId),
        rows.map(({ writer }) => writer.epoch),
        rows.map(({ row }) => row.first),
        rows.map(({ row }) => row.last),
        rows.map(({ row }) => row.events),
        rows.map(({ writer }) => channelOf(writer.runId)),
      ],
      // Nobody else is stored while this is: a connection on which no answer comes is given up.
      query_timeout: ANSWER_WITHIN,
    };
    const result = await this.#options.pool.query<{ run_id: string; epoch: number; last_seq: string }>(statement);
    return result.rows;
  }

  /** Reserves what is needed; returns the writers that may not. */
  async #reserve(batch: Batch): Promise<readonly PgBusWriter[]> {
    const short = [...batch].flatMap(([writer, rows]) => (rows.at(-1)!.last > writer.reserved ? [writer] : []));
    if (short.length === 0) return [];
    const { rows } = await this.#options.pool.query<{ run_id: string; epoch: number; reserved: string }>(RESERVE_MORE, [
      short.map(({ runId }) => runId),
      short.map(({ epoch }) => epoch),
      short.map(({ last }) => last + RESERVE),
    ]);
    return short.filter((writer) => {
      const row = rows.find(({ run_id, epoch }) => run_id === writer.runId && epoch === writer.epoch);
      if (row !== undefined) writer.reserved = Number(row.reserved);
      return row === undefined;
    });
  }

  async #check(): Promise<void> {
    const doubted = [...this.#doubted];
    // If this fails they are doubted still, and write nothing.
    await checkWriters(this.#options.pool, doubted);
    for (const writer of doubted) {
      this.#doubted.delete(writer);
      // Who has lost what it held has nothing to store; who still has its run tries again.
      if (writer.pending === 0) this.#dirty.delete(writer);
    }
  }
}
