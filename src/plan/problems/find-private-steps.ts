import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** A step is `#private`: nothing outside its class body can call it by name. Hooks and handlers may be. */
export const findPrivateSteps = ({ steps }: Blueprint): Problem[] =>
  steps
    .filter(({ placement }) => placement === 'private')
    .map((step) => ({
      code: 'PRIVATE_STEP',
      where: whereOf(step),
      what: 'is private, so nothing can lead to it.',
      remedy: `Make it public: ${String(step.name).replace('#', '')}().`,
    }));
