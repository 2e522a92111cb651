import type { Clock } from '../ports/clock.js';

/** What `work` gives; rejects if it takes longer than `milliseconds`, and leaves it behind then. */
export function within<T>(clock: Clock, milliseconds: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`it has not answered within ${milliseconds} ms`));
    const timer = clock.after(milliseconds, late);
    // Later, so that nobody waits even for its beginning, and what it throws at once is a rejection too.
    const called = Promise.resolve().then(work);
    void called.then(resolve, reject).finally(() => timer.cancel());
  });
}
