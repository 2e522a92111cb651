import type { TimeoutPlan } from '../plan/plan.js';
import type { Clock, Timer } from '../ports/clock.js';

/** The kinds of limit, as the option `timeout` names them. */
export type Limit = 'step' | 'firstToken' | 'idle';

/**
 * The time limits of one attempt (F.4). Time in which the framework holds a yield back doesn't count, and no timer is
 * made per token: each limit has one timer, which looks when it rings whether the limit is really used up.
 */
export class Limits {
  readonly #clock: Clock;
  readonly #timeout: TimeoutPlan;
  readonly #onExpired: (limit: Limit) => void;
  /** What the attempt fails with, once a limit is used up. */
  expired: Error | undefined;
  readonly #timers: { [L in Limit | 'grace']?: Timer } = {};
  readonly #started: number;
  /** Milliseconds held back so far, and since when it is held now. */
  #held = 0;
  #heldSince: number | undefined;
  /** Since when the body has been working on the next token. */
  #workingSince: number;

  constructor(clock: Clock, timeout: TimeoutPlan, onExpired: (limit: Limit) => void) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#onExpired = onExpired;
    this.#started = this.#workingSince = clock.now();
    if (timeout.step !== undefined) this.#set('step', timeout.step);
    if (timeout.firstToken !== undefined) this.#set('firstToken', timeout.firstToken);
  }

  /** A token has come: from now on the time between two counts. */
  token(): void {
    this.#timers.firstToken?.cancel();
    this.#workingSince = this.#clock.now();
    if (this.#timeout.idle !== undefined && !this.#timers.idle) this.#set('idle', this.#timeout.idle);
  }

  /** The consumer holds the generator back. */
  hold(): void {
    this.#heldSince = this.#clock.now();
  }

  /** The generator goes on. */
  resume(): void {
    if (this.#heldSince === undefined) return;
    const now = this.#clock.now();
    this.#held += now - this.#heldSince;
    this.#heldSince = undefined;
    this.#workingSince = now;
  }

  /** A limit is used up: the body gets this long to end. */
  expire(error: Error, grace: number, onOver: () => void): void {
    this.expired = error;
    this.#timers.grace = this.#clock.after(grace, onOver);
  }

  /** Milliseconds that are left of a limit, 0 or more; undefined where there is none. */
  left(limit: Limit): number | undefined {
    const all = this.#timeout[limit];
    return all === undefined ? undefined : Math.max(0, all - this.#used(limit));
  }

  end(): void {
    for (const timer of Object.values(this.#timers)) timer.cancel();
  }

  #set(limit: Limit, milliseconds: number): void {
    this.#timers[limit] = this.#clock.after(milliseconds, () => this.#ring(limit));
  }

  #ring(limit: Limit): void {
    const left = this.#timeout[limit]! - this.#used(limit);
    if (left > 0) return this.#set(limit, left);
    this.end();
    this.#onExpired(limit);
  }

  /** Milliseconds of this limit that count as used. */
  #used(limit: Limit): number {
    const now = this.#clock.now();
    if (limit === 'idle') return this.#heldSince === undefined ? now - this.#workingSince : 0;
    const holding = this.#heldSince === undefined ? 0 : now - this.#heldSince;
    return now - this.#started - this.#held - holding;
  }
}
