import type { Middleware } from 'stepstream';

/** Sends a `slow` event for every attempt of a step that takes longer than `limit` milliseconds, failed ones included. */
export const warnOfSlowSteps =
  (limit: number): Middleware =>
  (context, next) => {
    // The clock of the run: under the clock of a test this takes no time.
    const start = context.run.now();
    const end = (): void => {
      if (context.run.now() - start > limit) context.emit('slow', { limit });
    };
    // A stream has ended when it has been read, not when it was made.
    return context.kind === 'streaming' ? timeStream(next() as AsyncIterable<unknown>, end) : timeCall(next, end);
  };

async function timeCall(next: () => unknown, end: () => void) {
  try {
    return await next();
  } finally {
    end();
  }
}

async function* timeStream(tokens: AsyncIterable<unknown>, end: () => void) {
  try {
    yield* tokens;
  } finally {
    end();
  }
}
