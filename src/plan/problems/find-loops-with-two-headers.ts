import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findLoops } from '../find-loops.js';
import { createGraph, type Graph } from '../graph.js';
import { findBeginnings } from './find-beginnings.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';
import { shortestPath } from './shortest-path.js';
import { whereOf } from './where-of.js';

/** A loop is entered at several steps: which of them would begin a round (C.2)? */
export function findLoopsWithTwoHeaders(blueprint: Blueprint): Problem[] {
  const graph = intendedGraph(blueprint);
  const begins = new Set(findBeginnings(blueprint, graph).flatMap(({ at }) => at));
  const problems: Problem[] = [];
  let inner = graph;
  // One level of nesting after the other: without the edges into its header a loop falls apart into those inside it.
  for (let loops = findLoops(graph); loops.length > 0; loops = findLoops(inner)) {
    const cut = new Set<number>();
    for (const loop of loops) {
      const headers = headersOf(graph, loop, begins);
      if (headers.length > 1) problems.push(toProblem(blueprint, graph, loop, headers));
      // What is inside a loop with two headers is anybody's guess.
      for (const step of headers.length > 1 ? loop : headers) cut.add(step);
    }
    inner = createGraph(inner.children.map((children) => children.filter((child) => !cut.has(child))));
  }
  return problems;
}

/** The steps of a loop that are entered from outside, or where the run begins. */
function headersOf({ parents }: Graph, loop: readonly number[], begins: ReadonlySet<number>): number[] {
  const inside = new Set(loop);
  return loop.filter((index) => begins.has(index) || parents[index].some((parent) => !inside.has(parent)));
}

function toProblem(
  { steps }: Blueprint,
  graph: Graph,
  loop: readonly number[],
  [first, second, ...more]: readonly number[],
): Problem {
  const nameOf = (index: number): string => String(steps[index].name);
  const round = [...shortestPath(graph, first, second), ...shortestPath(graph, second, first).slice(1)];
  const inside = new Set(loop);
  const parent = graph.parents[second].find((index) => !inside.has(index));
  return {
    code: 'LOOP_WITH_TWO_HEADERS',
    where: whereOf(steps[first]),
    what:
      `is part of a loop that is entered at ${listNames([first, second, ...more].map(nameOf), ' and at ')}: ` +
      `${listNames(round.map(nameOf), ' → ')}.`,
    remedy:
      parent === undefined
        ? 'Let only one of them say entry: true.'
        : `Enter it at one step: remove the edge from ${nameOf(parent)} to ${nameOf(second)}, which can read outputs.${nameOf(parent)}.`,
  };
}
