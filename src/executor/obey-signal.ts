/** Calls back when the signal aborts, at once if it has; what is returned stops that. */
export function obeySignal(
  signal: AbortSignal | undefined,
  onAbort: (reason: unknown) => void,
): (() => void) | undefined {
  if (!signal) return undefined;
  const obey = (): void => onAbort(signal.reason);
  if (signal.aborted) obey();
  signal.addEventListener('abort', obey);
  return () => signal.removeEventListener('abort', obey);
}
