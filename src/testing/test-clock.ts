import type { Clock } from '../ports/clock.js';

/** A clock whose time doesn't pass by itself as real time does: delays, timeouts and graces end without waiting. */
export interface TestClock extends Clock {
  /** Milliseconds from now until each waiting call is due, in the order in which they are due. */
  readonly pending: readonly number[];
  /** For stand-ins: takes this long on this clock; rejects with the signal's reason when that aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
