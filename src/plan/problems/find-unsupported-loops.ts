import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findLoops } from '../find-loops.js';
import type { Graph } from '../graph.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';
import { whereOf } from './where-of.js';

/** Steps lead back to a step before them. */
export function findUnsupportedLoops(blueprint: Blueprint): Problem[] {
  const graph = intendedGraph(blueprint);
  return findLoops(graph).map((loop) => {
    const names = shortestCycle(graph, loop).map((index) => blueprint.steps[index].name);
    return {
      code: 'LOOP_NOT_SUPPORTED',
      where: whereOf(blueprint.steps[loop[0]]),
      what: `is part of a loop: ${listNames(names, ' → ')}.`,
      remedy: 'Loops come in a later version: loop inside one step, or write the rounds out as steps.',
    };
  });
}

/** From the first step of the loop back to it, both ends included. */
function shortestCycle({ children }: Graph, [first]: readonly number[]): number[] {
  const before = new Map<number, number>();
  const queue = [first];
  for (const step of queue)
    for (const child of children[step]) {
      if (before.has(child)) continue;
      before.set(child, step);
      if (child === first) return walkBack(before, first);
      queue.push(child);
    }
  return [first];
}

function walkBack(before: ReadonlyMap<number, number>, first: number): number[] {
  const path = [first];
  let step = before.get(first)!;
  for (; step !== first; step = before.get(step)!) path.push(step);
  return [...path, first].reverse();
}
