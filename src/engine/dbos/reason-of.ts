/** What is written down of the reason of a cancel. */
export const reasonOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message : typeof reason === 'string' ? reason : 'it was cancelled';
