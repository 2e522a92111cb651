import { once } from 'node:events';

/** Finds what a stay costs. */
export interface Rates {
  find(nights: number, signal: AbortSignal): Promise<number>;
}

/** Says it in many words. */
export interface Writer {
  describe(price: number, signal: AbortSignal): AsyncIterable<string>;
}

/** A service that answers the third time. */
export function flakyRates(): Rates {
  let calls = 0;
  return {
    async find(nights) {
      calls += 1;
      if (calls < 3) throw new Error(`rates: 503, call ${calls}`);
      return 95 * nights;
    },
  };
}

/** A model that stops in the middle of a sentence, and never goes on until somebody hangs up. */
export const stallingWriter: Writer = {
  async *describe(price, signal) {
    yield 'For no more ';
    yield `than ${price} `;
    await once(signal, 'abort');
  },
};
