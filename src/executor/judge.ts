import { StepError } from '../errors/step-error.js';
import { isDirective } from '../run/directives.js';
import { DONE, type ActivationOutcome } from '../run/outcome.js';
import { toPlain } from '../state/plain.js';
import type { Attempt } from './attempt.js';
import { takeBack } from './take-back.js';

/** What a returned value means. Throws what is wrong with it. */
export function judge(attempt: Attempt, value: unknown): ActivationOutcome {
  const { role, activation, stream } = attempt;
  if (stream === undefined && role === 'body' && activation.step.kind === 'streaming') throw notAGenerator(attempt);
  const status = role === 'body' ? 'done' : 'recovered';
  if (isDirective(value)) return steer(attempt, value['~directive'], status);
  if (role === 'catch-all') throw value === undefined ? new NotRecovered() : catchAllValue(attempt);
  const output = toPlain(value, 'output');
  const changes = attempt.changes();
  if (changes === undefined && output === undefined && status === 'done') return DONE;
  return { status, output, changes };
}

function steer(attempt: Attempt, directive: string, status: 'done' | 'recovered'): ActivationOutcome {
  if (attempt.role === 'catch-all') takeBack(attempt.activation, 'handler');
  const changes = attempt.changes();
  if (directive === 'skip') return { status: 'skipped', changes };
  if (directive === 'stop') return { status, stop: true, changes };
  // Another version of the package may know more directives than this one.
  throw mistake(
    attempt,
    'UNKNOWN_DIRECTIVE',
    `returned ${directive}(), a directive that this version doesn't know.`,
    'Load one version of stepstream only.',
  );
}

/** Says that a catch-all handler has looked on only: the error goes on (D.2). */
export class NotRecovered extends Error {}

export const catchAllValue = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'HANDLER_VALUE',
    `its catch-all handler "${attempt.activation.scope.plan.catchAll}" returned a value, but can't know the step's output.`,
    'Return skip(), stop() or nothing, or name the handler in the step: onError.',
  );

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

/** Tells such an error. */
export const isOwn = (error: unknown): error is StepError => error instanceof StepError && OWN.delete(error);

const notAGenerator = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'NOT_A_GENERATOR',
    'returned no async generator under @Streaming.',
    'Write async *name() { yield … }.',
  );

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
