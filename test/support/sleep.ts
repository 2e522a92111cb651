const { setTimeout: later } = globalThis;

/** Resolves after so many real milliseconds, also under fake timers. */
export const sleep = (milliseconds: number): Promise<void> =>
  new Promise<void>((resolve) => void later(resolve, milliseconds));
