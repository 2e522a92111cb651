import { LateIteratorError } from '../errors/misuse-error.js';
import type { EventLog, LogReader } from './event-log.js';
import type { RunEvent } from './events.js';

/** What `convert` gives for an event that this iterator leaves out. */
export const LEFT_OUT: unique symbol = Symbol('left out');

/** What an iterator needs to know of its run. */
export interface IteratorHost {
  readonly log: EventLog;
  readonly pipeline: string;
  /** Somebody has seen, or will see, how the run ends (E.6). */
  tell(): void;
  /** What an iterator throws after `run-end`, if anything (E.5). */
  failureFor(): Error | undefined;
  /** An iterator was left before the end; resolves when the run has ended, if leaving ends it. */
  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined;
}

/** What `run.events()` accepts. */
export interface IteratorOptions {
  /** Begins behind this `seq`. 0 by default. */
  readonly after?: number;
  /** What leaving the loop before the end does, if no other iterator is open. `cancel` by default. */
  readonly leave?: 'cancel' | 'detach';
}

const ENDED: IteratorResult<never, undefined> = Object.freeze({ value: undefined, done: true as const });

/** One consumer's way through a run's events, written by hand: an async generator would cost twice per token. */
export class EventIterator<Item> implements AsyncIterableIterator<Item, undefined>, LogReader {
  position = 0;
  readonly #host: IteratorHost;
  readonly #options: IteratorOptions;
  readonly #convert: (event: RunEvent) => Item | typeof LEFT_OUT;
  #state: 'new' | 'open' | 'closed' = 'new';
  #resolve: ((result: IteratorResult<Item, undefined> | Promise<never>) => void) | undefined;
  #waiting: Promise<IteratorResult<Item, undefined>> | undefined;
  readonly #park = (resolve: (result: IteratorResult<Item, undefined> | Promise<never>) => void): void => {
    // `onReset` may have left the loop: nothing would ever wake it again.
    if (this.#state === 'closed') resolve(ENDED);
    else this.#resolve = resolve;
  };

  constructor(host: IteratorHost, convert: (event: RunEvent) => Item | typeof LEFT_OUT, options: IteratorOptions = {}) {
    this.#host = host;
    const { after = 0 } = options;
    this.#convert = after > 0 ? (event) => (event.seq > after ? convert(event) : LEFT_OUT) : convert;
    this.#options = options;
  }

  get parked(): boolean {
    return this.#resolve !== undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Attaches at once (E.2). */
  attach(): this {
    if (this.#state === 'new') this.#attach();
    return this;
  }

  /** Attaches at the first call (E.2), then reads in order. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#resolve !== undefined) return this.#waiting!.then(() => this.next());
    try {
      if (this.#state === 'new') this.#attach();
      return Promise.resolve(this.#take() ?? this.#wait());
    } catch (error) {
      return this.#leaveWith(error);
    }
  }

  /** Leaves the loop: the last one to leave ends the run, and the promise waits for that end (E.3, F.1). */
  async return(): Promise<IteratorResult<Item, undefined>> {
    await this.#leave();
    return ENDED;
  }

  async throw(error: unknown): Promise<IteratorResult<Item, undefined>> {
    await this.#leave();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }

  wake(): void {
    const resolve = this.#resolve!;
    this.#resolve = undefined;
    try {
      const result = this.#take();
      if (result) resolve(result);
      else this.#park(resolve);
    } catch (error) {
      resolve(this.#leaveWith(error));
    }
  }

  accept(event: RunEvent): void {
    const resolve = this.#resolve!;
    this.#resolve = undefined;
    try {
      const item = this.#convert(event);
      if (item === LEFT_OUT) this.#park(resolve);
      else resolve({ value: item, done: false });
    } catch (error) {
      resolve(this.#leaveWith(error));
    }
  }

  #attach(): void {
    const { log, pipeline } = this.#host;
    if (log.late) {
      this.#state = 'closed';
      throw new LateIteratorError(pipeline);
    }
    this.#state = 'open';
    log.attach(this);
    // The run has ended already: this iterator is how its failure is seen.
    if (log.ended) this.#host.tell();
  }

  /** The next item, or the end; undefined if there is nothing to read yet. */
  #take(): IteratorResult<Item, undefined> | undefined {
    if (this.#state === 'closed') return ENDED;
    const { log } = this.#host;
    // Asked each time: `convert` may call the author's `onReset`, and that may leave the loop.
    while (this.#isOpen) {
      const event = log.read(this);
      if (event === undefined) return log.ended ? this.#finish() : undefined;
      const item = this.#convert(event);
      if (item !== LEFT_OUT) return { value: item, done: false };
    }
    return ENDED;
  }

  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  #finish(): IteratorResult<Item, undefined> {
    this.#state = 'closed';
    this.#host.log.detach(this);
    const failure = this.#host.failureFor();
    if (failure) throw failure;
    return ENDED;
  }

  #wait(): Promise<IteratorResult<Item, undefined>> {
    const waiting = new Promise<IteratorResult<Item, undefined>>(this.#park);
    this.#waiting = waiting;
    this.#host.log.demand();
    return waiting;
  }

  /** Rejects once the run has ended, if leaving ends it (F.1). */
  async #leaveWith(error: unknown): Promise<never> {
    await this.#leave();
    throw error;
  }

  #leave(): Promise<unknown> | undefined {
    const before = this.#state;
    this.#state = 'closed';
    if (before !== 'open') return undefined;
    const remaining = this.#host.log.detach(this);
    this.#resolve?.(ENDED);
    this.#resolve = undefined;
    const ended = this.#host.left(remaining, this.#options.leave ?? 'cancel');
    // After the decision: what was held for this reader alone must not make one more token.
    this.#host.log.resume();
    return ended;
  }
}
