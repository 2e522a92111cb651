/** A generator, or what is written by hand like one. */
export type Generator = AsyncGenerator<unknown, unknown, undefined>;

/** Who must know how a stream ends. */
export interface StreamWatch {
  /** It has ended by itself; returns what it is to have returned. May wait, and may throw what counts instead. */
  readonly returned: (value: unknown) => unknown;
  /** It has thrown; throws that again, perhaps later, or something that counts instead. */
  readonly threw: (error: unknown) => unknown;
  /** It was left. */
  readonly wasLeft: () => unknown;
}

type Result = IteratorResult<unknown, unknown>;

/** A stream that a middleware, or the body inside it, has given: the same stream, but its end is known. */
export class LayerStream implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #inner: Generator;
  /** From the innermost out. */
  readonly #watches: StreamWatch[] = [];

  constructor(inner: Generator) {
    this.#inner = inner;
  }

  watch(watch: StreamWatch): void {
    this.#watches.push(watch);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    return this.#follow(() => this.#inner.next());
  }

  throw(error: unknown): Promise<Result> {
    return this.#follow(() => {
      if (typeof this.#inner.throw === 'function') return this.#inner.throw(error);
      throw error;
    });
  }

  async return(value?: unknown): Promise<Result> {
    try {
      // One that is written by hand may have no `return`.
      return typeof this.#inner.return === 'function' ? await this.#inner.return(value) : { value, done: true };
    } finally {
      for (const watch of this.#watches) await watch.wasLeft();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Ends it; nobody reads it any more. */
  leave(): void {
    // Who leaves a generator is not told what its `finally` throws.
    this.return().catch(() => undefined);
  }

  async #follow(step: () => Promise<Result>): Promise<Result> {
    let result: Result;
    try {
      result = await step();
      if (!result.done) return result;
    } catch (error) {
      return this.#threw(error);
    }
    let { value } = result;
    for (const { returned } of this.#watches) value = await returned(value);
    return { value, done: true };
  }

  /** What is thrown may become something else on its way out. */
  async #threw(thrown: unknown): Promise<never> {
    let error = thrown;
    for (const { threw } of this.#watches) {
      try {
        await threw(error);
      } catch (other) {
        error = other;
      }
    }
    throw error;
  }
}
