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
  const reached = reach(graph, from);
  const names = listNames(from.map((index) => steps[index].name));
  return steps.filter((_, index) => !reached.has(index)).map((step) => toProblem(step, names));
}

const toProblem = (step: StepBlueprint, names: string): Problem => ({
  code: 'UNREACHABLE_STEP',
  where: whereOf(step),
  what: `can't be reached from the beginning of a run (${names}).`,
  remedy: 'Name it in the option to of the step before it, or remove it.',
});

function reach({ children }: Graph, from: readonly number[]): Set<number> {
  const reached = new Set(from);
  // A Set also visits what is added while it is walked.
  for (const index of reached) for (const child of children[index]) reached.add(child);
  return reached;
}
