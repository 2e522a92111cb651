import type { Middleware } from '../../decorators/middleware.js';

/** What stands around each attempt of a step, the outermost first: what its class says, then what it says itself. */
export function composeMiddleware(
  ofClass: Middleware<never> | readonly Middleware<never>[] = [],
  ofStep: readonly unknown[],
): readonly Middleware[] | undefined {
  const all = [ofClass, ofStep].flat() as Middleware[];
  return all.length === 0 ? undefined : Object.freeze(all);
}
