import { MisuseError } from '../errors/misuse-error.js';
import type { Timer } from '../ports/clock.js';
import { checkWhole, invalidTestOption } from './invalid-test-option.js';
import { rest } from './rest.js';
import type { TestClock } from './test-clock.js';
import { TimerQueue, type Waiting } from './timer-queue.js';
import { waitFor } from './wait-for.js';

/** How a virtual clock begins. */
export interface VirtualClockOptions {
  /** Milliseconds since the epoch; 0 by default. */
  readonly now?: number;
}

/**
 * A clock that stands still until a test lets time pass: `testRun(bot, state, { clock })`, then `await clock.advance(…)`.
 * What is due at once (a delay of 0) happens by itself.
 */
export const virtualClock = (options: VirtualClockOptions = {}): VirtualClock => new VirtualClock(options);

/** What `virtualClock()` makes. */
export class VirtualClock implements TestClock {
  readonly #timers = new TimerQueue();
  #now: number;
  /** Time passes for one caller after the other. */
  #passing: Promise<unknown> = Promise.resolve();
  #clearing = false;

  constructor({ now = 0 }: VirtualClockOptions) {
    if (!Number.isFinite(now)) throw invalidTestOption('virtualClock()', 'now must be a number', 'Mend now.');
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Timer {
    const timer = this.#timers.add(this.#now + (milliseconds > 0 ? milliseconds : 0), callback);
    if (timer.at === this.#now) this.#clearDue();
    return { cancel: () => void this.#timers.remove(timer) };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return waitFor(this, milliseconds, signal);
  }

  get pending(): readonly number[] {
    return this.#timers.all.map(({ at }) => at - this.#now);
  }

  /**
   * Lets so many milliseconds pass. What is due meanwhile happens in order of its time, then of its creation, and
   * everything that follows from it settles before the next. Bodies that wait for the real outside are not waited for.
   */
  advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0 && milliseconds < Infinity))
      throw invalidTestOption('clock.advance()', 'it takes milliseconds, 0 or more', 'Pass how much time passes.');
    return this.#pass(async () => {
      const end = this.#now + milliseconds;
      await this.#fireUntil(end);
      this.#now = end;
    });
  }

  /**
   * Lets time pass until nothing waits for it any more. Rejects with a `MisuseError` when there is still something after
   * `limit` calls (1000 by default): something that sets itself a new timer for ever.
   */
  runAll({ limit = 1000 }: { readonly limit?: number } = {}): Promise<void> {
    checkWhole('clock.runAll()', 'limit', limit, 1);
    return this.#pass(() => this.#fireUntil(Infinity, limit));
  }

  async #fireUntil(end: number, limit = Infinity): Promise<void> {
    await rest();
    for (let fired = 0; this.#isDue(end); fired++) {
      if (fired === limit) throw neverIdle(limit, this.pending.length);
      this.#fire(this.#timers.all[0]);
      await rest();
    }
  }

  #isDue(end: number): boolean {
    return this.#timers.all.length > 0 && this.#timers.all[0].at <= end;
  }

  #fire(timer: Waiting): void {
    this.#timers.remove(timer);
    this.#now = timer.at;
    timer.callback();
  }

  /** A retry without a delay, say, needs no time: it must not wait for anybody to let time pass. */
  #clearDue(): void {
    if (this.#clearing) return;
    this.#clearing = true;
    void this.#pass(async () => {
      this.#clearing = false;
      await this.#fireUntil(this.#now);
    });
  }

  #pass(work: () => Promise<void>): Promise<void> {
    const passed = this.#passing.then(work);
    // The next one begins all the same; of an error whoever asked is told, and nobody swallows it here.
    this.#passing = passed.catch(() => undefined);
    return passed.then(() => undefined);
  }
}

const neverIdle = (limit: number, pending: number): MisuseError =>
  new MisuseError({
    code: 'CLOCK_NEVER_IDLE',
    message: `clock.runAll(): after ${limit} calls ${pending} still wait${pending === 1 ? 's' : ''} for time.`,
    remedy: 'Let a certain time pass with clock.advance(milliseconds), or raise the limit: runAll({ limit: 10_000 }).',
  });
