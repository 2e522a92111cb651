import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';

/** Nothing leads to several steps, and none of them says that this is meant. */
export function findSeveralBeginnings(blueprint: Blueprint): Problem[] {
  const { parents } = intendedGraph(blueprint);
  const beginnings = blueprint.steps.filter((_, index) => parents[index].length === 0);
  if (beginnings.length < 2 || beginnings.some(({ entry }) => entry)) return [];
  return [
    {
      code: 'SEVERAL_BEGINNINGS',
      where: blueprint.className,
      what: `nothing leads to the ${beginnings.length} steps ${listNames(beginnings.map(({ name }) => name))}, and a run begins at one.`,
      remedy: 'Name all but one in the option to of the step before it, or give each of them entry: true.',
    },
  ];
}
