import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** `@Step` sits on a generator, whose tokens nobody would see. */
export const findGeneratorsUnderStep = ({ steps }: Blueprint): Problem[] =>
  steps
    .filter(({ kind, form }) => kind === 'step' && (form === 'async-generator' || form === 'generator'))
    .map((step) => ({
      code: 'GENERATOR_UNDER_STEP',
      where: whereOf(step),
      what: `is a @Step, but its method is ${step.form === 'generator' ? 'a generator' : 'an async generator'}.`,
      remedy:
        step.form === 'generator'
          ? `Decorate it with @Streaming() and write async *${String(step.name)}().`
          : 'Decorate it with @Streaming().',
    }));
