import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** A hook is a generator: calling it would run none of its body. */
export const findGeneratorHooks = ({ startup, shutdown }: Blueprint): Problem[] =>
  [...startup, ...shutdown]
    .filter(({ form }) => form === 'async-generator' || form === 'generator')
    .map((hook) => ({
      code: 'GENERATOR_HOOK',
      where: whereOf(hook),
      what: 'is a lifecycle hook, but its method is a generator, and a hook has nobody to stream to.',
      remedy: 'Write it without *; it may be async.',
    }));
