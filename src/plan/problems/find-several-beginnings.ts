import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findBeginnings } from './find-beginnings.js';
import { intendedGraph } from './intended-graph.js';
import { listNames } from './list-names.js';

/** Nothing leads to several steps or loops, and none of them says that this is meant. */
export function findSeveralBeginnings(blueprint: Blueprint): Problem[] {
  const { className, steps } = blueprint;
  const beginnings = findBeginnings(blueprint, intendedGraph(blueprint));
  if (beginnings.length < 2 || beginnings.some(({ entry }) => entry)) return [];
  const names = beginnings.map((beginning) => {
    const [first, ...others] = beginning.steps.map((index) => String(steps[index].name));
    return others.length > 0 ? `the loop of ${listNames([first, ...others], ' and ')}` : first;
  });
  const isLoop = beginnings.some((beginning) => beginning.steps.length > 1);
  return [
    {
      code: 'SEVERAL_BEGINNINGS',
      where: className,
      what: isLoop
        ? `nothing leads to ${listNames(names, ' or to ')}, and a run begins at one.`
        : `nothing leads to the ${names.length} steps ${listNames(names)}, and a run begins at one.`,
      remedy: 'Name all but one in the option to of the step before it, or give each of them entry: true.',
    },
  ];
}
