import type { Graph } from '../graph.js';

/** These steps and all that they lead to. */
export function reach({ children }: Graph, from: Iterable<number>): Set<number> {
  const reached = new Set(from);
  for (const step of reached) for (const child of children[step]) reached.add(child);
  return reached;
}
