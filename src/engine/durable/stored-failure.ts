import { brandAsEnding } from '../../errors/ends-run.js';
import { RunCancelledError, RunTimeoutError, type RunError } from '../../errors/run-error.js';
import { StepError } from '../../errors/step-error.js';
import { StepstreamError } from '../../errors/stepstream-error.js';
import { fromPlainError, toStoredError, type PlainError } from '../../run/plain-error.js';

/** A failure as a record holds it: what it said, and what it was caused by. */
export interface StoredFailure extends PlainError {
  readonly index?: number;
  readonly remedy?: string;
  readonly cause?: StoredFailure;
  /** Of an `AggregateError`. */
  readonly errors?: readonly StoredFailure[];
}

/** A chain of causes that is longer is cut: somebody may have made a circle of it. */
const DEEPEST = 8;

/** What a run itself has ended with stays a `RunError`: who asks for its result gets it as it is. */
const OF_RUNS: Readonly<Record<string, Readonly<Record<string, typeof RunError>>>> = {
  AbortError: { RUN_CANCELLED: RunCancelledError },
  RunTimeoutError: { RUN_TIMEOUT: RunTimeoutError },
};

/** Writes down whatever was thrown. */
export function toStoredFailure(error: unknown, depth = 0): StoredFailure {
  const { cause, errors, index, remedy } = readable(error);
  const deeper = depth < DEEPEST;
  return {
    ...toStoredError(error as Error),
    ...(typeof index === 'number' && { index }),
    ...(typeof remedy === 'string' && { remedy }),
    ...(deeper && cause !== undefined && { cause: toStoredFailure(cause, depth + 1) }),
    ...(deeper && Array.isArray(errors) && { errors: errors.map((one) => toStoredFailure(one, depth + 1)) }),
  };
}

/** The error again: a `StepError` is one, every other error keeps its name, code and message. */
export function fromStoredFailure(stored: StoredFailure, endsRun = false): Error {
  const error = revive(stored);
  if (endsRun) brandAsEnding(error);
  return error;
}

function revive({ cause, errors, remedy, ...plain }: StoredFailure): Error {
  const causedBy = cause && revive(cause);
  if (errors !== undefined) return withCause(new AggregateError(errors.map(revive), plain.message), causedBy);
  const { name, message, code, step, attempt, index } = plain;
  if (code === undefined || remedy === undefined) return withCause(fromPlainError(plain), causedBy);
  const facts = { code, remedy, cause: causedBy };
  const OfRun = OF_RUNS[name]?.[code];
  if (OfRun !== undefined) return define(new OfRun({ ...facts, message }), 'message', message);
  const error =
    name === 'StepError' && step !== undefined && attempt !== undefined
      ? new StepError({ pipeline: '', step, attempt, index }, { ...facts, what: '' })
      : Object.assign(new StepstreamError({ ...facts, message }), { ...(step !== undefined && { step, attempt }) });
  define(error, 'message', message);
  if (error.name !== name) define(error, 'name', name);
  return error;
}

function withCause(error: Error, cause: Error | undefined): Error {
  if (cause !== undefined) define(error, 'cause', cause);
  return error;
}

function define(error: Error, property: string, value: unknown): Error {
  return Object.defineProperty(error, property, { value, configurable: true, writable: true, enumerable: false });
}

/** What was thrown may be anything, and even looking at it may throw. */
function readable(error: unknown): { readonly [property: string]: unknown } {
  try {
    if (!(error instanceof Error)) return {};
    const { cause, errors, index, remedy } = error as Error & { readonly [property: string]: unknown };
    return { cause, errors, index, remedy };
  } catch {
    return {};
  }
}
