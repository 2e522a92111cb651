import type { RunEvent } from '../run/events.js';

type Read = IteratorResult<RunEvent, undefined>;

/**
 * The events of a run behind a `seq`, the first of which was read already to see whether any is missing. The end of the
 * run comes in any case: a client that names a `seq` which was never sent must not wait for ever.
 */
export class ResumedEvents implements AsyncIterator<RunEvent, undefined> {
  readonly #events: AsyncIterator<RunEvent, undefined>;
  readonly #after: number;
  #first: Read | undefined;

  constructor(events: AsyncIterator<RunEvent, undefined>, first: Read, after: number) {
    this.#events = events;
    this.#first = first;
    this.#after = after;
  }

  async next(): Promise<Read> {
    for (;;) {
      const read = this.#first ?? (await this.#events.next());
      this.#first = undefined;
      if (read.done || read.value.seq > this.#after || read.value.type === 'run-end') return read;
    }
  }

  async return(): Promise<Read> {
    await this.#events.return?.();
    return { value: undefined, done: true };
  }
}
