import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { unnamedHandlers } from './unnamed-handlers.js';
import { whereOf } from './where-of.js';

/** The catch-all is a generator: it stands in for no step, so its tokens would belong to none. */
export const findStreamingCatchAlls = (blueprint: Blueprint): Problem[] =>
  unnamedHandlers(blueprint)
    .filter(({ form }) => form === 'async-generator' || form === 'generator')
    .map((handler) => ({
      code: 'STREAMING_CATCH_ALL',
      where: whereOf(handler),
      what: 'is a generator, but no step names it, so it can stand in for none.',
      remedy: `Name it in the option onError of a step, or write it without *.`,
    }));
