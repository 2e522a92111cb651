import type { Clock } from '../ports/clock.js';

/** Waits on a clock; rejects with the signal's reason as soon as that aborts, and leaves neither timer nor listener behind. */
export function waitFor(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      timer.cancel();
      reject(signal!.reason);
    };
    const timer = clock.after(milliseconds, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
