import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { unnamedHandlers } from './unnamed-handlers.js';
import { whereOf } from './where-of.js';

/** Two handlers that no step names: which of them would see a failure? */
export function findSecondCatchAlls(blueprint: Blueprint): Problem[] {
  const [first, ...others] = unnamedHandlers(blueprint);
  return others.map((handler) => ({
    code: 'SECOND_CATCH_ALL',
    where: whereOf(handler),
    what: `is a second catch-all beside ${whereOf(first)}: no step names either of them.`,
    remedy: `Name it in the option onError of a step, or give it the name ${String(first.name)} to override that one.`,
  }));
}
