import type { RunEvent } from '../../run/events.js';

type Read = IteratorResult<RunEvent, undefined>;

/** The events of a run for one client: attached at once, and left when its request is aborted. */
export class ClientEvents implements AsyncIterator<RunEvent, undefined> {
  readonly #events: AsyncIterator<RunEvent, undefined>;
  readonly #signal: AbortSignal;
  #asked: Promise<Read> | undefined;
  #left: Promise<unknown> | undefined;

  constructor(events: AsyncIterator<RunEvent, undefined>, signal: AbortSignal) {
    this.#events = events;
    this.#signal = signal;
    this.#asked = events.next();
    if (signal.aborted) this.#leave();
    else signal.addEventListener('abort', this.#leave, { once: true });
  }

  next(): Promise<Read> {
    const asked = this.#asked ?? this.#events.next();
    this.#asked = undefined;
    return asked;
  }

  /** Lets the next `next()` read this. */
  putBack(read: Promise<Read>): void {
    this.#asked = read;
  }

  /** Resolves when that has ended the run, if it does. */
  async return(): Promise<Read> {
    this.#signal.removeEventListener('abort', this.#leave);
    await (this.#left ?? this.#events.return?.());
    return { value: undefined, done: true };
  }

  readonly #leave = (): void => {
    this.#left = this.#events.return?.().catch(() => undefined);
  };
}
