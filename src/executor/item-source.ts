import { MisuseError } from '../errors/misuse-error.js';

/** Where the items of an each come from. */
export type ItemSource = ListSource | LazySource;

/** Items that are all there. */
export interface ListSource {
  readonly list: readonly unknown[];
}

/** Items that are asked for one by one, in process only (B.5). */
export class LazySource {
  readonly list = undefined;
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;
  #last: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(iterator: AsyncIterator<unknown> | Iterator<unknown>) {
    this.#iterator = iterator;
  }

  /** The next item, after those that were asked for before it; undefined when there is none. */
  pull(): Promise<{ readonly item: unknown } | undefined> {
    const pulled = this.#last.then(() => this.#next());
    // Whoever asks after a failure gets none: the failure is that of the item that met it.
    this.#last = pulled.catch(() => undefined);
    return pulled;
  }

  /** No further item is wanted: `finally` blocks of a generator run. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    const ended = (): undefined => undefined;
    void this.#last.then(() => this.#iterator.return?.()).then(ended, ended);
  }

  async #next(): Promise<{ readonly item: unknown } | undefined> {
    if (this.#over) return undefined;
    try {
      const { done, value } = await this.#iterator.next();
      if (!done) return { item: value };
      this.#over = true;
      return undefined;
    } catch (error) {
      this.#over = true;
      throw error;
    }
  }
}

/** Tells whether a value gives its items one by one. */
export const isLazy = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  (Symbol.iterator in value || Symbol.asyncIterator in value);

/** The items of an each's input. Throws a `MisuseError` for what has none: a string is one value, not its letters. */
export function itemSourceOf(step: string, input: unknown): ItemSource {
  if (Array.isArray(input)) return { list: input };
  if (isLazy(input))
    return new LazySource(Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]());
  const got = input === null ? 'null' : typeof input === 'object' ? 'an object' : typeof input;
  throw new MisuseError({
    code: 'NOT_ITERABLE',
    message: `"${step}" runs once per item of its input, and got ${got === 'undefined' ? 'nothing' : got}.`,
    remedy: 'Return an array (or in process an iterable) from the step before it: [text], Object.entries(map).',
  });
}
