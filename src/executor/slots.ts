/** Calls at once: whoever finds no free slot waits in line. */
export class Slots {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Takes a slot now, or calls back when it has one; returns whether it has one now. */
  take(callback: () => void): boolean {
    if (this.#free > 0) {
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
    for (const first of this.#line) {
      this.#line.delete(first);
      first();
      return;
    }
    this.#free++;
  }
}
