import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import type { Graph } from '../graph.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';
import { whereOf } from './where-of.js';

/** A run never gets there: other steps say that they are the entries, or only a loop without a way in leads there. */
export function findUnreachableSteps(blueprint: Blueprint): Problem[] {
  const graph = intendedGraph(blueprint);
  const { steps } = blueprint;
  const beginnings = steps.map((_, index) => index).filter((index) => graph.parents[index].length === 0);
  const entries = beginnings.filter((index) => steps[index].entry);
  // Without an entry they are several beginnings, which is a mistake of its own; a whole loop begins by itself.
  const from = entries.length > 0 ? entries : beginnings;
  if (from.length === 0) return [];
  const names = listNames(from.map((index) => steps[index].name));
  const reached = new Set<number>();
  reach(graph, from, reached);
  const problems: Problem[] = [];
  // Beginnings first: what lies behind one is the same mistake and needs no line of its own.
  for (const index of [...beginnings, ...steps.keys()]) {
    if (reached.has(index)) continue;
    problems.push(toProblem(steps[index], names, graph.parents[index].length === 0));
    reach(graph, [index], reached);
  }
  return problems;
}

const toProblem = (step: StepBlueprint, names: string, isBeginning: boolean): Problem => ({
  code: 'UNREACHABLE_STEP',
  where: whereOf(step),
  what: `can't be reached from the beginning of a run (${names}).`,
  remedy: `Name it in the option to of a step that can be${isBeginning ? ', or give it entry: true' : ''}.`,
});

function reach({ children }: Graph, from: readonly number[], reached: Set<number>): void {
  const found = [...from];
  for (const index of found) {
    if (reached.has(index)) continue;
    reached.add(index);
    for (const child of children[index]) found.push(child);
  }
}
