import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionError } from './is-connection-error.js';

/** How many milliseconds a database may be away before a call is given up: longer than a restart takes. */
const PATIENCE = 30_000;
const LONGEST_PAUSE = 1_000;

/** How long to wait after so many failures in a row; never the same in two processes. */
export function backOff(failures: number): number {
  return Math.min(LONGEST_PAUSE, 25 * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** Tries again while the database can't be reached, for a while; `work` must be such that twice is as good as once. */
export async function whileUnreachable<T>(work: () => Promise<T>, onError: (error: unknown) => void): Promise<T> {
  const until = Date.now() + PATIENCE;
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionError(error) || Date.now() > until) throw error;
      onError(error);
      await sleep(backOff(failures));
    }
  }
}
