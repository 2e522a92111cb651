import { isStream } from './token-stream.js';

type Result = IteratorResult<unknown, unknown>;

/**
 * A promise of a stream that can also be read like the stream itself: around a streaming step `for await` works, whether
 * or not a middleware inside is async. What turns out to be no stream has no tokens and is what the stream returns.
 */
export function promisedStream(
  promise: Promise<unknown>,
): Promise<unknown> & AsyncGenerator<unknown, unknown, undefined> {
  const done = (value: unknown): Result => ({ value, done: true });
  const stream = {
    [Symbol.asyncIterator]: () => both,
    next: async (): Promise<Result> => {
      const given = await promise;
      return isStream(given) ? given.next() : done(given);
    },
    return: async (value: unknown): Promise<Result> => {
      const given = await promise;
      return isStream(given) ? given.return(value) : done(value);
    },
    throw: async (error: unknown): Promise<Result> => {
      const given = await promise;
      if (isStream(given)) return given.throw(error);
      throw error;
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await stream.return(undefined);
    },
  };
  const both = Object.assign(promise, stream);
  return both;
}
