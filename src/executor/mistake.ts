import { StepError } from '../errors/step-error.js';
import type { Attempt } from './attempt.js';

/** A step's use of the language that the definition could not see. */
export function mistake({ activation }: Attempt, code: string, what: string, remedy: string): StepError {
  const { scope, name, attempt } = activation;
  return own(new StepError({ pipeline: scope.plan.pipeline, step: name, attempt }, { code, what, remedy }));
}

/** Step errors that were made for the very activation that fails with them; one that a body rethrows is a cause. */
const OWN = new WeakSet<object>();

/** Marks a step error as made by the executor. */
export function own<E extends StepError>(error: E): E {
  OWN.add(error);
  return error;
}

/** Takes such an error for its activation, once: whoever rethrows it further out has it as a cause. */
export const takeOwn = (error: unknown): StepError | undefined =>
  error instanceof StepError && OWN.delete(error) ? error : undefined;

/** A body under `@Streaming` that gave something else. */
export const notAGenerator = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'NOT_A_GENERATOR',
    'returned no async generator under @Streaming.',
    'Write async *name() { yield … }.',
  );

/** A body under `@Step` that streams. */
export const generatorUnderStep = (attempt: Attempt): StepError =>
  mistake(attempt, 'GENERATOR_UNDER_STEP', 'returned an async generator under @Step.', 'Use @Streaming.');

/** An instance whose field stands before the method of that name. */
export const notAMethod = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'NO_LONGER_A_METHOD',
    'is no method on this instance.',
    'Rename the field that has taken its place, or make it a function.',
  );

/** A catch-all that stands in for the output: it can't know it (D.2). */
export const catchAllValue = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'HANDLER_VALUE',
    `its catch-all handler "${attempt.activation.scope.plan.catchAll}" returned a value, but can't know the step's output.`,
    'Return skip(), stop() or nothing, or name the handler in the step: onError.',
  );
