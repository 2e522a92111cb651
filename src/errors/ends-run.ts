const BRAND = Symbol.for('stepstream/ends-run@1');

/** Marks an error as one that ends its run, whatever retries, handlers and any-joins there are. */
export function brandAsEnding(error: Error): void {
  Object.defineProperty(error, BRAND, { value: true });
}

/** Whether an error ends its run; also tells those of another loaded copy. */
export function endsRun(error: unknown): error is Error {
  try {
    return error instanceof Error && BRAND in error;
  } catch {
    // One that can't even be looked at.
    return false;
  }
}
