import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { listNames } from './list-names.js';
import { membersOf } from './members-of.js';
import { nearestName } from './nearest-name.js';
import { whereOf } from './where-of.js';

/** The option `onError` names something that is no `@OnError()` method. */
export function findUnknownHandlers(blueprint: Blueprint): Problem[] {
  const handlers = blueprint.handlers.map(({ name }) => String(name));
  const known = new Set(handlers);
  const others = new Set([...membersOf(blueprint).map(({ member }) => member.name), ...blueprint.undecorated]);
  const toProblem = (step: StepBlueprint, name: string): Problem => {
    const base = { code: 'UNKNOWN_HANDLER', where: whereOf(step) };
    if (others.has(name))
      return {
        ...base,
        what: `names the handler "${name}", which is no @OnError() method.`,
        remedy: 'Decorate it with @OnError().',
      };
    const nearest = nearestName(name, handlers);
    return {
      ...base,
      what: `names the handler "${name}", which doesn't exist.${nearest ? ` Did you mean "${nearest}"?` : ''}`,
      remedy:
        handlers.length > 0
          ? `Name one of the handlers: ${listNames(handlers)}.`
          : `Write a method ${name} and decorate it with @OnError().`,
    };
  };
  return blueprint.steps.flatMap((step) =>
    step.onError === undefined || known.has(step.onError) ? [] : [toProblem(step, step.onError)],
  );
}
