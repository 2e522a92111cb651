import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** `@Streaming` sits on a method that is no async generator. */
export const findMissingGenerators = ({ steps }: Blueprint): Problem[] =>
  steps
    .filter(({ kind, form }) => kind === 'streaming' && (form === 'plain' || form === 'generator'))
    .map((step) => ({
      code: 'NOT_A_GENERATOR',
      where: whereOf(step),
      what: `is @Streaming, but its method is ${step.form === 'generator' ? 'a generator without async' : 'no async generator'}.`,
      remedy: `Write async *${String(step.name)}() { … yield … }${step.form === 'generator' ? '.' : ', or decorate it with @Step().'}`,
    }));
