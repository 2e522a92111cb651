import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findTargets, type Target } from './find-targets.js';
import { listNames } from './list-names.js';
import { membersOf } from './members-of.js';
import { nearestName } from './nearest-name.js';
import { whereOf } from './where-of.js';

/** A step leads to something that is no step: by `to`, `goto`, a case or the default. */
export function findUnknownTargets(blueprint: Blueprint): Problem[] {
  const names = new Set(blueprint.steps.map(({ name }) => name));
  const explain = explainer(blueprint);
  return blueprint.steps.flatMap((step) => {
    const unknown = findTargets(step).filter(({ name }) => !names.has(name));
    // Named twice in the same words it is one mistake.
    const once = new Map(unknown.map((target) => [`${target.verb} ${target.name}`, target]));
    return [...once.values()].map((target) => ({ code: 'UNKNOWN_TARGET', where: whereOf(step), ...explain(target) }));
  });
}

/** Says what a name is instead of a step, or which step it was meant to be. */
function explainer(blueprint: Blueprint): (target: Target) => Pick<Problem, 'what' | 'remedy'> {
  const steps = blueprint.steps.map(({ name }) => String(name));
  const roles = new Map(membersOf(blueprint).map(({ role, member }) => [member.name, role]));
  const undecorated = new Set(blueprint.undecorated);
  return ({ name, option, verb }) => {
    const fact = `${verb} "${name}"`;
    const role = roles.get(name);
    if (role) return { what: `${fact}, which is a ${role}.`, remedy: `Name a step in the option ${option}.` };
    if (undecorated.has(name))
      return { what: `${fact}, a method without a decorator.`, remedy: 'Decorate it with @Step() or @Streaming().' };
    const nearest = nearestName(name, steps);
    return {
      what: `${fact}, which is no step.${nearest ? ` Did you mean "${nearest}"?` : ''}`,
      remedy: `Name one of the steps: ${listNames(steps)}.`,
    };
  };
}
