import type { BusReader, BusReading } from '../../ports/token-bus.js';
import type { RunEvent } from '../../run/events.js';
import { throwLater } from './throw-later.js';

/** What one reading is made of. */
export interface FollowedRunOptions {
  readonly after: number;
  readonly reader: BusReader;
  /** The next stored events with a `seq` above this one; none if there are none yet. */
  readonly load: (after: number) => Promise<readonly RunEvent[]>;
  /** Is told when `load` has rejected; `look()` tries again. */
  readonly onError: (error: unknown) => void;
  readonly onClose: () => void;
}

/** Gives one reader each event of a run once and in order: what is stored first, and then what is offered. */
export class FollowedRun implements BusReading {
  readonly #options: FollowedRunOptions;
  #seen: number;
  /** While it loads, or its reader is not ready, nothing that is offered is kept. */
  #busy = false;
  #behind = false;
  #closed = false;
  /** Who waits until it is not behind. */
  #waiting: (() => void)[] = [];

  constructor(options: FollowedRunOptions) {
    this.#options = options;
    this.#seen = options.after;
  }

  /** The highest `seq` that its reader was given. */
  get seen(): number {
    return this.#seen;
  }

  /** Events have just been stored; they are loaded later if they aren't given here. */
  offer(first: number, last: number, events: readonly RunEvent[] | undefined): void {
    if (this.#closed || last <= this.#seen) return;
    if (this.#busy || events === undefined || first > this.#seen + 1) return this.look();
    this.#busy = true;
    const given = this.#give(events);
    if (given === undefined) this.#busy = false;
    else void given.then(() => this.#goOn());
  }

  /** Looks for what is stored and was not given. */
  look(): void {
    this.#behind = true;
    if (!this.#busy && !this.#closed) void this.#goOn();
  }

  caughtUp(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.look();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo(this.#waiting);
    this.#options.onClose();
  }

  async #goOn(): Promise<void> {
    this.#busy = true;
    while (this.#behind && !this.#closed) {
      this.#behind = false;
      const waiting = [...this.#waiting];
      const events = await this.#load();
      if (events?.length === 0) this.#letGo(waiting);
      if (events === undefined || events.length === 0) continue;
      // There may be more than it was given at once.
      this.#behind = true;
      await this.#give(events);
    }
    this.#busy = false;
  }

  /** Those who have waited before it was looked. */
  #letGo(waiting: readonly (() => void)[]): void {
    this.#waiting = this.#waiting.filter((resolve) => !waiting.includes(resolve));
    for (const resolve of waiting) resolve();
  }

  /** Undefined if it can't be asked. */
  async #load(): Promise<readonly RunEvent[] | undefined> {
    try {
      return await this.#options.load(this.#seen);
    } catch (error) {
      if (!this.#closed) this.#options.onError(error);
      this.#behind = false;
      return undefined;
    }
  }

  #give(events: readonly RunEvent[]): Promise<void> | undefined {
    const news = events[0].seq > this.#seen ? events : events.filter(({ seq }) => seq > this.#seen);
    if (this.#closed || news.length === 0) return undefined;
    this.#seen = news[news.length - 1].seq;
    try {
      return this.#options.reader.take(news)?.catch((error: unknown) => this.#refuse(error));
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  /** A reader that fails reads no further. */
  #refuse(error: unknown): void {
    this.close();
    throwLater(error);
  }
}
