/** Throws where nobody but the process can catch it: a mistake in what was given to us, of which nobody else is told. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
