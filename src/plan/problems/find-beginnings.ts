import type { Blueprint } from '../../scanner/blueprint.js';
import { findLoops } from '../find-loops.js';
import type { Graph } from '../graph.js';

/** Where a run may begin, by index. */
export interface Beginning {
  /** The step itself; of a whole loop those with `entry: true`, else its first declared (C.8). */
  readonly at: readonly number[];
  /** Its loop, in order of declaration, or the step alone. */
  readonly steps: readonly number[];
  /** Whether it says that a run begins there. */
  readonly entry: boolean;
}

/** The steps that nothing leads to, and the loops that nothing outside of them leads to, in order of declaration. */
export function findBeginnings({ steps }: Blueprint, graph: Graph): Beginning[] {
  const alone = steps.flatMap((_, index) => (graph.parents[index].length === 0 ? [[index]] : []));
  const loops = findLoops(graph).filter((loop) => outsideParents(graph, loop).length === 0);
  return [...alone, ...loops]
    .sort(([a], [b]) => a - b)
    .map((members) => {
      const entries = members.filter((index) => steps[index].entry);
      return { at: entries.length > 0 ? entries : [members[0]], steps: members, entry: entries.length > 0 };
    });
}

/** The steps outside of a loop that lead into it. */
export function outsideParents({ parents }: Graph, loop: readonly number[]): number[] {
  const inside = new Set(loop);
  return [...new Set(loop.flatMap((index) => parents[index].filter((parent) => !inside.has(parent))))];
}
