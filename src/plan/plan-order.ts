import type { Graph } from './graph.js';
import { ReadyHeap } from './ready-heap.js';

/** The topological order, of several ready steps always the one declared first (C.1). Steps on or behind a cycle are left out. */
export function planOrder({ children, parents }: Graph): number[] {
  const waiting = parents.map((sources) => sources.length);
  const ready = new ReadyHeap();
  waiting.forEach((count, step) => {
    if (count === 0) ready.push(step);
  });
  const order: number[] = [];
  while (ready.size > 0) {
    const step = ready.pop();
    order.push(step);
    for (const child of children[step]) if (--waiting[child] === 0) ready.push(child);
  }
  return order;
}
