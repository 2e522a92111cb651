import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { findBeginnings } from './find-beginnings.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';
import { whereOf } from './where-of.js';

/**
 * A run never gets there: other steps say that they are the entries. Only what nothing leads to is named; what lies
 * behind it is the same mistake. Without any entry they are several beginnings, which is a mistake of its own.
 */
export function findUnreachableSteps(blueprint: Blueprint): Problem[] {
  const { steps } = blueprint;
  const beginnings = findBeginnings(blueprint, intendedGraph(blueprint));
  const entries = beginnings.filter(({ entry }) => entry);
  if (entries.length === 0) return [];
  const names = listNames(entries.flatMap(({ at }) => at).map((index) => steps[index].name));
  return beginnings.filter(({ entry }) => !entry).map(({ at: [first] }) => toProblem(steps[first], names));
}

const toProblem = (step: StepBlueprint, names: string): Problem => ({
  code: 'UNREACHABLE_STEP',
  where: whereOf(step),
  what: `can't be reached from the beginning of a run (${names}).`,
  remedy: 'Name it in the option to of a step that can be, or give it entry: true.',
});
