import { StepError } from '../errors/step-error.js';
import { toPlainError, type PlainError } from '../run/plain-error.js';
import type { Attempt } from './attempt.js';
import { mistake, placeOf } from './mistake.js';

/** The error of a step that nobody has recovered, with what its body threw as the cause. */
export function asStepError({ activation }: Attempt, cause: unknown): StepError {
  const frozen = cause instanceof TypeError && FROZEN.test(cause.message) && WRITTEN_INTO_INPUT;
  const facts = { what: toPlainError(cause).message, cause, ...frozen };
  return new StepError(placeOf(activation), facts);
}

/** The error of an each whose source of items has failed: those behind that place are lost, so no item's handler counts. */
export function sourceFailure({ activation }: Attempt, cause: unknown): StepError {
  const what = `the source of its items has failed at item ${activation.index}: ${toPlainError(readable(cause)).message}`;
  return new StepError({ ...placeOf(activation), index: undefined }, { what, cause });
}

/** How engines say that a frozen object was written to. */
const FROZEN = /read[- ]?only|not extensible|cannot (add|delete|define) property/i;
const WRITTEN_INTO_INPUT = {
  code: 'INPUT_FROZEN',
  remedy: 'Inputs and outputs are frozen: change a copy (structuredClone(input), input.toSorted()), or the state.',
};

/** What a handler threw, with the error that it handled as the cause. */
export function withCause(attempt: Attempt, thrown: unknown): unknown {
  const first = attempt.error;
  if (thrown === first || (thrown instanceof Error && thrown.cause === first)) return thrown;
  if (thrown instanceof Error && thrown.cause === undefined && Object.isExtensible(thrown)) {
    Object.defineProperty(thrown, 'cause', { value: first, configurable: true, writable: true });
    return thrown;
  }
  const what = `its handler has failed too: ${toPlainError(thrown).message}.`;
  const error = mistake(attempt, 'HANDLER_FAILED', what, 'See `cause` for both errors.');
  error.cause = new AggregateError([first, thrown], 'the error of the step, and that of its handler');
  return error;
}

/** What was thrown, unless even looking at it throws. */
export function readable(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void `${thrown.name} ${thrown.message}`;
    return thrown;
  } catch (cause) {
    return new TypeError("an error was thrown that can't be read", { cause });
  }
}

/** An error as the events of this attempt tell it. */
export const plainErrorOf = ({ activation }: Attempt, error: unknown): PlainError =>
  toPlainError(error, { step: activation.name, attempt: activation.attempt });
