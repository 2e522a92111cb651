/** Gives out numbers, the smallest first. */
export class ReadyHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(value: number): void {
    const items = this.#items;
    let at = items.push(value) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above] <= value) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = value;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0];
    const last = items.pop()!;
    if (items.length > 0) this.#sink(last);
    return top;
  }

  #sink(value: number): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && items[below + 1] < items[below]) below += 1;
      if (items[below] >= value) break;
      items[at] = items[below];
      at = below;
    }
    items[at] = value;
  }
}
