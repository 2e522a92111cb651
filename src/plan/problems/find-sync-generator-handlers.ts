import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { unnamedHandlers } from './unnamed-handlers.js';
import { whereOf } from './where-of.js';

/** A named handler streams, but not asynchronously. (A catch-all may not stream at all.) */
export function findSyncGeneratorHandlers(blueprint: Blueprint): Problem[] {
  const unnamed = new Set(unnamedHandlers(blueprint));
  return blueprint.handlers
    .filter((handler) => handler.form === 'generator' && !unnamed.has(handler))
    .map((handler) => ({
      code: 'SYNC_GENERATOR_HANDLER',
      where: whereOf(handler),
      what: 'is a handler and a generator without async.',
      remedy: `Write async *${String(handler.name)}().`,
    }));
}
