import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { listNames } from './list-names.js';
import { membersOf } from './members-of.js';
import { nearestName } from './nearest-name.js';
import { whereOf } from './where-of.js';

/** The option `to` names something that is no step. */
export function findUnknownTargets(blueprint: Blueprint): Problem[] {
  const names = new Set(blueprint.steps.map(({ name }) => name));
  const explain = explainer(blueprint);
  return blueprint.steps.flatMap((step) =>
    [...new Set(step.to)]
      .filter((target) => !names.has(target))
      .map((target) => ({ code: 'UNKNOWN_TARGET', where: whereOf(step), ...explain(target) })),
  );
}

/** Says what a name is instead of a step, or which step it was meant to be. */
function explainer(blueprint: Blueprint): (target: string) => Pick<Problem, 'what' | 'remedy'> {
  const steps = blueprint.steps.map(({ name }) => String(name));
  const roles = new Map(membersOf(blueprint).map(({ role, member }) => [member.name, role]));
  const undecorated = new Set(blueprint.undecorated);
  return (target) => {
    const role = roles.get(target);
    if (role) return { what: `leads to "${target}", which is a ${role}.`, remedy: 'Name a step in the option to.' };
    if (undecorated.has(target))
      return {
        what: `leads to "${target}", a method without a decorator.`,
        remedy: 'Decorate it with @Step() or @Streaming().',
      };
    const nearest = nearestName(target, steps);
    return {
      what: `leads to "${target}", which is no step.${nearest ? ` Did you mean "${nearest}"?` : ''}`,
      remedy: `Name one of the steps: ${listNames(steps)}.`,
    };
  };
}
