import { RunTakenError } from '../../errors/run-taken-error.js';
import type { BusWriter } from '../../ports/token-bus.js';
import type { RunEvent } from '../../run/events.js';
import { throwLater } from './throw-later.js';

/** Some events of one run in a row, as they are stored. */
export interface EventRow {
  readonly first: number;
  readonly last: number;
  /** A JSON array. */
  readonly events: string;
}

/** What a writer has got when it took its run. */
export interface TakenRun {
  readonly runId: string;
  readonly epoch: number;
  readonly past: readonly RunEvent[];
  readonly seq: number;
  readonly lost: boolean;
}

/** Who stores what a writer holds. */
export interface WriterStore {
  /** The writer holds something to be stored: soon, or at once. */
  wake(writer: BufferedWriter, atOnce: boolean): void;
  /** The writer has nothing to say any more. */
  forget(writer: BufferedWriter): void;
}

interface Waiting {
  upTo: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A writer that keeps what is pushed until whoever stores it says that it is stored, refused or lost. */
export class BufferedWriter implements BusWriter {
  readonly runId: string;
  readonly epoch: number;
  readonly past: readonly RunEvent[];
  readonly seq: number;
  readonly lost: boolean;
  onTaken: (() => void) | undefined;
  onLost: (() => void) | undefined;
  readonly #store: WriterStore;
  #texts: string[] = [];
  #last: number;
  #waiting: Waiting[] = [];
  #state: 'open' | 'taken' | 'closed' = 'open';

  constructor({ runId, epoch, past, seq, lost }: TakenRun, store: WriterStore) {
    this.runId = runId;
    this.epoch = epoch;
    this.past = past;
    this.seq = seq;
    this.lost = lost;
    this.#store = store;
    this.#last = seq;
  }

  get pending(): number {
    return this.#texts.length;
  }

  /** The `seq` of the event that was pushed last. */
  get last(): number {
    return this.#last;
  }

  push(event: RunEvent): void {
    if (this.#state !== 'open') return;
    if (event.seq !== this.#last + 1) {
      throw new RangeError(`The event ${event.seq} of the run "${this.runId}" does not follow ${this.#last}.`);
    }
    // What its author does to it afterwards is not told.
    this.#texts.push(JSON.stringify(event));
    this.#last = event.seq;
    this.#store.wake(this, false);
  }

  flush(): Promise<void> {
    if (this.#state === 'taken') return Promise.reject(new RunTakenError(this.runId));
    if (this.#texts.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ upTo: this.#last, resolve, reject });
      this.#store.wake(this, true);
    });
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    const stored = this.flush();
    this.#state = 'closed';
    try {
      await stored;
    } catch (error) {
      // It may not write any more, which is no news to who lets go.
      if (!(error instanceof RunTakenError)) throw error;
    } finally {
      this.#store.forget(this);
    }
  }

  /** What is not stored, in rows of about so many characters, and so many in all; a row has one event at least. */
  rows(ofRow: number, ofAll: number): EventRow[] {
    const rows: EventRow[] = [];
    const first = this.#last - this.#texts.length + 1;
    let all = 0;
    for (let from = 0; from < this.#texts.length && (from === 0 || all < ofAll);) {
      let size = 0;
      let to = from;
      // Where a row ends depends on its events only, so that a row that is written again has the same begin.
      while (to < this.#texts.length && (to === from || size + this.#texts[to].length <= ofRow))
        size += this.#texts[to++].length;
      rows.push({ first: first + from, last: first + to - 1, events: `[${this.#texts.slice(from, to).join()}]` });
      all += size;
      from = to;
    }
    return rows;
  }

  /** Everything up to this `seq` is stored. */
  stored(upTo: number): void {
    const first = this.#last - this.#texts.length + 1;
    if (upTo >= first) this.#texts.splice(0, upTo - first + 1);
    this.#settle();
  }

  /** A later epoch has the run. */
  taken(): void {
    if (this.#state === 'taken') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'taken';
    this.#texts = [];
    this.#store.forget(this);
    for (const { reject } of this.#waiting.splice(0)) reject(new RunTakenError(this.runId));
    if (wasOpen) call(this.onTaken);
  }

  /** Nothing that was pushed so far is stored any more, nor will it be. Who waits waits for what is said again. */
  lose(): void {
    this.#texts = [];
    if (this.#state === 'open') call(this.onLost);
    for (const waiting of this.#waiting) waiting.upTo = this.#last;
    this.#settle();
  }

  /** It could not be stored, and trying again would not help: who waits need not wait any longer. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  #settle(): void {
    const upTo = this.#last - this.#texts.length;
    const stored = this.#waiting.filter((waiting) => waiting.upTo <= upTo);
    this.#waiting = this.#waiting.filter((waiting) => waiting.upTo > upTo);
    for (const { resolve } of stored) resolve();
  }
}

/** A mistake in who listens is his own, and not of who else is served. */
function call(listener: (() => void) | undefined): void {
  try {
    listener?.();
  } catch (error) {
    throwLater(error);
  }
}
