import { RunTakenError } from '../../errors/run-taken-error.js';
import type { BusReader, BusReading, BusWriter, TokenBus } from '../../ports/token-bus.js';
import type { RunEvent } from '../../run/events.js';
import { BufferedWriter } from './buffered-writer.js';
import { FollowedRun } from './followed-run.js';
import { throwLater } from './throw-later.js';

/** Options of a `MemoryTokenBus`. */
export interface MemoryTokenBusOptions {
  /** How many milliseconds an event waits for others to be stored together with; 0. */
  readonly flushEvery?: number;
  /** Says whether who takes a run may have it. */
  readonly owns?: (runId: string) => Promise<boolean>;
}

interface StoredRun {
  epoch: number;
  /** Events up to this `seq` may be lost. */
  lostUpTo: number;
  readonly events: { readonly seq: number; readonly text: string }[];
  writtenAt: number;
}

/** How many characters are stored, and how many events are read, at once. */
const ROW = 500_000;
const PAGE = 1_000;

/** Carries events between workers and readers of one process, by the rules of a bus between processes: for tests. */
export class MemoryTokenBus implements TokenBus {
  readonly #flushEvery: number;
  readonly #owns: (runId: string) => Promise<boolean>;
  readonly #runs = new Map<string, StoredRun>();
  readonly #writers = new Set<BufferedWriter>();
  readonly #readings = new Map<string, Set<FollowedRun>>();
  readonly #dirty = new Set<BufferedWriter>();
  /** Those that will learn with the next flush that everything is lost. */
  readonly #lost = new Set<BufferedWriter>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ flushEvery = 0, owns = () => Promise.resolve(true) }: MemoryTokenBusOptions = {}) {
    this.#flushEvery = flushEvery;
    this.#owns = owns;
  }

  async take(runId: string): Promise<BusWriter> {
    if (!(await this.#owns(runId))) throw new RunTakenError(runId);
    const run = this.#runs.get(runId) ?? { epoch: 0, lostUpTo: 0, events: [], writtenAt: Date.now() };
    this.#runs.set(runId, run);
    run.epoch += 1;
    // They may still push, and are refused.
    for (const before of this.#writersOf(runId)) before.taken();
    const past = run.events.map(({ text }) => JSON.parse(text) as RunEvent);
    const seq = Math.max(run.lostUpTo, past.at(-1)?.seq ?? 0);
    const taken = { runId, epoch: run.epoch, past, seq, lost: run.lostUpTo > 0 };
    const writer = new BufferedWriter(taken, { wake: (one) => this.#wake(one), forget: (one) => this.#forget(one) });
    this.#writers.add(writer);
    return writer;
  }

  read(runId: string, after: number, reader: BusReader): BusReading {
    const readings = this.#readings.get(runId) ?? new Set();
    this.#readings.set(runId, readings);
    const reading: FollowedRun = new FollowedRun({
      after,
      reader,
      load: async (seen) => this.#load(runId, seen),
      onError: throwLater,
      onClose: () => readings.delete(reading) && readings.size === 0 && this.#readings.delete(runId),
    });
    readings.add(reading);
    reading.look();
    return reading;
  }

  prune(olderThan: number): Promise<number> {
    const before = Date.now() - olderThan;
    const old = [...this.#runs].filter(([, { events, writtenAt }]) => events.length > 0 && writtenAt <= before);
    for (const [runId, run] of old) this.#lose(runId, run);
    return Promise.resolve(old.length);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.close()));
    for (const reading of [...this.#readings.values()].flatMap((readings) => [...readings])) reading.close();
    clearTimeout(this.#timer);
  }

  /** Loses all stored events, as a database does that has crashed. */
  loseEverything(): void {
    for (const [runId, run] of this.#runs) this.#lose(runId, run);
  }

  #lose(runId: string, run: StoredRun): void {
    run.lostUpTo = Math.max(run.lostUpTo, run.events.at(-1)?.seq ?? 0);
    run.events.length = 0;
    for (const writer of this.#writersOf(runId)) {
      this.#lost.add(writer);
      this.#wake(writer);
    }
  }

  #writersOf(runId: string): readonly BufferedWriter[] {
    return [...this.#writers].filter((writer) => writer.runId === runId);
  }

  async #load(runId: string, after: number): Promise<readonly RunEvent[]> {
    const events = this.#runs.get(runId)?.events ?? [];
    const from = events.findIndex(({ seq }) => seq > after);
    return from < 0 ? [] : events.slice(from, from + PAGE).map(({ text }) => JSON.parse(text) as RunEvent);
  }

  #wake(writer: BufferedWriter): void {
    this.#dirty.add(writer);
    this.#timer ??= setTimeout(() => this.#flush(), this.#flushEvery);
  }

  #forget(writer: BufferedWriter): void {
    this.#dirty.delete(writer);
    this.#lost.delete(writer);
    this.#writers.delete(writer);
  }

  #flush(): void {
    this.#timer = undefined;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const writer of dirty) {
      if (this.#lost.delete(writer)) this.#goOn(writer);
      else this.#store(writer);
    }
  }

  #goOn(writer: BufferedWriter): void {
    const run = this.#runs.get(writer.runId)!;
    run.lostUpTo = Math.max(run.lostUpTo, writer.last);
    writer.lose();
  }

  #store(writer: BufferedWriter): void {
    const run = this.#runs.get(writer.runId)!;
    run.writtenAt = Date.now();
    for (const { first, last, events: text } of writer.rows(ROW, Infinity)) {
      const events = JSON.parse(text) as readonly RunEvent[];
      run.events.push(...events.map((event) => ({ seq: event.seq, text: JSON.stringify(event) })));
      for (const reading of this.#readings.get(writer.runId) ?? []) reading.offer(first, last, events);
    }
    writer.stored(writer.last);
  }
}
