/** Waits so many milliseconds; rejects with the reason of a signal that is aborted before. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Waits for the end of the attempt: it is aborted, or the case has failed long ago. */
export const untilAborted = (signal: AbortSignal): Promise<void> => pause(30_000, signal);
