import type { Graph } from '../graph.js';

/** The shortest way along at least one edge, both ends included; nothing where there is none. */
export function shortestPath({ children }: Graph, from: number, to: number): number[] {
  const before = new Map<number, number>();
  const queue = [from];
  for (const step of queue)
    for (const child of children[step]) {
      if (before.has(child)) continue;
      before.set(child, step);
      if (child === to) return walkBack(before, from, to);
      queue.push(child);
    }
  return [];
}

function walkBack(before: ReadonlyMap<number, number>, from: number, to: number): number[] {
  const path = [to];
  let step = before.get(to)!;
  for (; step !== from; step = before.get(step)!) path.push(step);
  return [...path, from].reverse();
}
