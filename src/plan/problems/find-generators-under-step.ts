import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { decoratorOf } from './decorator-of.js';
import { whereOf } from './where-of.js';

/** A decorator sits on a generator whose tokens nobody would see; the items of an each may stream, asynchronously. */
export const findGeneratorsUnderStep = ({ steps }: Blueprint): Problem[] =>
  steps
    .filter(({ kind, form }) =>
      kind === 'each'
        ? form === 'generator'
        : kind !== 'streaming' && (form === 'async-generator' || form === 'generator'),
    )
    .map((step) => ({
      code: 'GENERATOR_UNDER_STEP',
      where: whereOf(step),
      what: `is a ${decoratorOf(step)}, but its method is ${step.form === 'generator' ? 'a generator' : 'an async generator'}.`,
      remedy: remedyFor(step),
    }));

function remedyFor({ kind, form, name }: StepBlueprint): string {
  if (kind === 'each') return `Write async *${String(name)}().`;
  if (kind === 'switch') return 'Write it without *: it returns the key of a case.';
  if (kind === 'sub')
    return 'Write it without *: it returns call(pipeline, state), and the tokens are those of that pipeline.';
  return form === 'generator'
    ? `Decorate it with @Streaming() and write async *${String(name)}().`
    : 'Decorate it with @Streaming().';
}
