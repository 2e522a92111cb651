import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { findLoops } from '../find-loops.js';
import { intendedGraph } from './intended-graph.js';
import { whereOf } from './where-of.js';

/** An option that is fine in itself says something that can't be at this step, and would be ignored. */
export function findOptionsWithoutEffect(blueprint: Blueprint): Problem[] {
  const graph = intendedGraph(blueprint);
  // Where a whole loop is the beginning, `entry` says which of its steps is.
  const looping = new Set(findLoops(graph).flat());
  return blueprint.steps.flatMap((step, index) => {
    const [parent] = graph.parents[index];
    const found: Problem[] = [];
    if (step.entry && parent !== undefined && !looping.has(index))
      found.push(
        toProblem(
          step,
          `says entry: true, but "${String(blueprint.steps[parent].name)}" leads to it.`,
          'Remove one of the two.',
        ),
      );
    if (step.join && parent === undefined)
      found.push(toProblem(step, `says join: "${step.join}", but nothing leads to it.`, 'Remove the option.'));
    if (step.kind === 'step' && isStreamTimeout(step.timeout))
      found.push(
        toProblem(
          step,
          'limits the time between tokens, but a @Step has none.',
          'Use timeout: { step }, or @Streaming().',
        ),
      );
    return found;
  });
}

const isStreamTimeout = (timeout: StepBlueprint['timeout']): boolean =>
  typeof timeout === 'object' && timeout !== null && (timeout.firstToken !== undefined || timeout.idle !== undefined);

const toProblem = (step: StepBlueprint, what: string, remedy: string): Problem => ({
  code: 'INVALID_OPTION',
  where: whereOf(step),
  what,
  remedy,
});
