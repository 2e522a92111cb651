import { LONGEST_TIME } from '../plan/longest-time.js';
import type { Clock } from '../ports/clock.js';

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIME));
    return { cancel: () => clearTimeout(timer) };
  },
};
