/** Calls at once: whoever finds no free slot waits in line. */
export class Slots {
  #free: number;
  readonly #line = new Set<() => void>();
  #serving = false;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Takes a slot now, or calls back when it has one; returns whether it has one now. */
  take(callback: () => void): boolean {
    if (this.#free > 0 && this.#line.size === 0) {
      this.#free--;
      return true;
    }
    this.#line.add(callback);
    return false;
  }

  /** Leaves the line. */
  withdraw(callback: () => void): void {
    this.#line.delete(callback);
  }

  /** Gives a slot back, to the first in line. */
  give(): void {
    this.#free++;
    // A body that ends at once gives its slot back while it is being served: one loop, or a long line would recurse.
    if (this.#serving) return;
    this.#serving = true;
    while (this.#free > 0 && this.#line.size > 0) {
      const [first] = this.#line;
      this.#line.delete(first);
      this.#free--;
      first();
    }
    this.#serving = false;
  }
}
