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
  readonly #lender: Lender | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(iterator: AsyncIterator<unknown> | Iterator<unknown>, lender: Lender | undefined) {
    this.#iterator = iterator;
    this.#lender = lender;
  }

  /** The next item, after those that were asked for before it; undefined when there is none. */
  pull(): Promise<{ readonly item: unknown } | undefined> {
    const pulled = this.#last.then(() => this.#next());
    // Whoever asks after a failure gets none: the failure is that of the item that met it.
    this.#last = pulled.catch(() => undefined);
    return pulled;
  }

  /**
   * No further item is wanted: the signal of the step that gave it aborts, the `finally` blocks of a generator run. A
   * promise of their end, the first time; undefined if there is nothing to close.
   */
  close(reason: unknown): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    this.#lender?.abort(reason);
    const ended = (): void => undefined;
    // At once, not behind the pull that is pending: that may be what it ends.
    return Promise.resolve()
      .then(() => this.#iterator.return?.())
      .then(ended, ended);
  }

  async #next(): Promise<{ readonly item: unknown } | undefined> {
    if (this.#over) return undefined;
    try {
      const result: IteratorResult<unknown, unknown> = await this.#iterator.next();
      if (this.#over) return undefined;
      if (!result.done) return { item: result.value };
    } catch (error) {
      if (this.#over) return undefined;
      this.#over = true;
      throw error;
    }
    this.#over = true;
    return undefined;
  }
}

/** Who has returned something lazy: the attempt has ended, but what it gave goes on working with its signal. */
export interface Lender {
  abort(reason: unknown): void;
}

const lenders = new WeakMap<object, Lender>();

/** Remembers who has given it, so that his signal can still abort. */
export function lend(lazy: object, lender: Lender): void {
  lenders.set(lazy, lender);
}

/** Tells whether a value gives its items one by one. */
export const isLazy = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  (Symbol.iterator in value || Symbol.asyncIterator in value);

/** The items of an each's input; undefined for what has none: a string is one value, not its letters. */
export function itemSourceOf(input: unknown): ItemSource | undefined {
  if (Array.isArray(input)) return { list: input };
  if (!isLazy(input)) return undefined;
  const iterator = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  return new LazySource(iterator, lenders.get(input));
}
