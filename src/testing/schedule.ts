import type { Timer } from '../ports/clock.js';
import type { Task } from '../ports/engine.js';
import { rest } from './rest.js';
import { oneOf, randomOf, type Random } from './seeded-random.js';
import { SeededEngine, type EngineHost } from './seeded-engine.js';
import type { TestClock } from './test-clock.js';
import { TimerQueue, type Waiting } from './timer-queue.js';
import { waitFor } from './wait-for.js';

/** Which waiting call may be the next one: one of those that are due first, or any. */
export type TimerOrder = 'due' | 'any';

/** How often a call happens although a report could be made, where `any` may. */
const TIMER_FIRST = 0.25;

/**
 * Decides by a seed what happens next in a test: which of the settled steps are reported, alone or together, and which
 * of the waiting calls happens. It decides only when everything else has come to rest, so the seed and the bodies are all
 * that a decision follows from; time passes when nothing else can happen.
 */
export class Schedule implements TestClock, EngineHost {
  /** What was decided, in order: the keys of each report, and the moments to which time has passed. */
  readonly decisions: string[] = [];
  /** Steps that have ended while nothing but the real outside could have ended them: the seed did not decide that. */
  readonly outside = new Set<string>();
  readonly #order: TimerOrder;
  readonly #random: Random;
  readonly #engines: SeededEngine[] = [];
  readonly #timers = new TimerQueue();
  #now = 0;
  #deciding = false;

  constructor(seed: string, order: TimerOrder) {
    this.#order = order;
    this.#random = randomOf(`schedule ${seed}`);
  }

  /** The engine of one more run. */
  engine(): SeededEngine {
    const engine = new SeededEngine(this);
    this.#engines.push(engine);
    return engine;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Timer {
    const timer = this.#timers.add(this.#now + (milliseconds > 0 ? milliseconds : 0), callback);
    this.#wake();
    return { cancel: () => void this.#timers.remove(timer) };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return waitFor(this, milliseconds, signal);
  }

  get pending(): readonly number[] {
    return this.#timers.all.map(({ at }) => at - this.#now);
  }

  /** The keys of all bodies that have not ended. */
  get inFlight(): readonly string[] {
    return this.#engines.flatMap((engine) => engine.inFlight);
  }

  settled({ key }: Task, awaited: boolean): void {
    if (awaited && !this.#deciding) this.outside.add(key);
    this.#wake();
  }

  asked(): void {
    this.#wake();
  }

  #wake(): void {
    if (this.#deciding) return;
    this.#deciding = true;
    void this.#decideAll();
  }

  async #decideAll(): Promise<void> {
    try {
      do await rest();
      while (this.#decide());
    } finally {
      this.#deciding = false;
    }
  }

  /** One decision; false if there is nothing to decide. */
  #decide(): boolean {
    const ready = this.#engines.filter((engine) => engine.ready);
    const timers = this.#candidates();
    if (ready.length === 0 && timers.length === 0) return false;
    const late = this.#order === 'any' && timers.length > 0 && this.#random() < TIMER_FIRST;
    if (ready.length === 0 || late) this.#fire(oneOf(timers, this.#random));
    else this.#report(oneOf(ready, this.#random));
    return true;
  }

  #candidates(): readonly Waiting[] {
    const { all } = this.#timers;
    return this.#order === 'any' ? [...all] : all.filter(({ at }) => at === all[0].at);
  }

  #report(engine: SeededEngine): void {
    const keys = engine.give(this.#random).join(' + ');
    this.decisions.push(this.#engines.length > 1 ? `run ${this.#engines.indexOf(engine) + 1}: ${keys}` : keys);
  }

  /** Never before its time; where another went first, late, as on a busy machine. */
  #fire(timer: Waiting): void {
    this.#timers.remove(timer);
    this.#now = Math.max(this.#now, timer.at);
    this.decisions.push(`at ${this.#now} ms`);
    timer.callback();
  }
}
