import type { RunEvent } from '../run/events.js';
import type { AnyRun } from '../run/run.js';
import { Readers } from './readers.js';

type Events = AsyncIterator<RunEvent, undefined>;
type Read = IteratorResult<RunEvent, undefined>;

/** Events for a client that counts, as long as it reads them, as a reader of their run: a run without any may be abandoned. */
export class CountedEvents implements Events {
  readonly #events: Events;
  readonly #onLeft: (() => void) | undefined;

  constructor(run: AnyRun, events: Events) {
    this.#events = events;
    this.#onLeft = Readers.of(run)?.enter();
  }

  next(): Promise<Read> {
    return this.#events.next();
  }

  async return(): Promise<Read> {
    this.#onLeft?.();
    await this.#events.return?.();
    return { value: undefined, done: true };
  }
}
