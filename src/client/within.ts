/** What it resolves to, unless that takes too long or the signal is aborted: a connection may die without a word. */
export async function within<T>(idle: number | false, promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  // Not every `fetch` knows the signal: one that calls a handler in memory may not.
  const broken = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    if (idle !== false) timer = setTimeout(() => reject(new Error(`nothing was heard for ${idle} ms`)), idle);
  });
  try {
    return await Promise.race([promise, broken]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop!);
  }
}
