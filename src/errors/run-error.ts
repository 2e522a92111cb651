import { StepstreamError, type ErrorFacts } from './stepstream-error.js';

/** A run that did not succeed. `result` is the full result: status, state, text, outputs, usage, ledger, errors. */
export class RunError<Result = unknown> extends StepstreamError {
  override readonly name: string = 'RunError';
  readonly result!: Result;

  constructor(facts: ErrorFacts) {
    super(facts);
    // Set once the result exists; kept out of logs, which would print every output.
    Object.defineProperty(this, 'result', { value: undefined, writable: true, enumerable: false });
  }
}

/** A step has failed, with all its retries and handlers; `cause` is the first failure. */
export class RunFailedError<Result = unknown> extends RunError<Result> {
  override readonly name = 'RunFailedError';
}

/** The run has used up its `timeout`. */
export class RunTimeoutError<Result = unknown> extends RunError<Result> {
  override readonly name = 'RunTimeoutError';
}

/** The run was cancelled from outside: by its signal, or by another holder of the run. */
export class RunCancelledError<Result = unknown> extends RunError<Result> {
  override readonly name = 'AbortError';
}
