const BRAND = Symbol.for('stepstream/error@1');

/** What every error of this library says of itself. */
export interface ErrorFacts {
  /** Stable, in capitals; `docs/errors/` has one page per code. */
  readonly code: string;
  /** Where and what, in the author's names. */
  readonly message: string;
  /** One imperative sentence: what to do about it. */
  readonly remedy: string;
  readonly cause?: unknown;
  /** Leaves the remedy out of the message: for an error that only says where its cause has happened. */
  readonly terse?: boolean;
}

/** The base of all errors that stepstream throws; `StepstreamError.is` also knows those of another loaded copy. */
export class StepstreamError extends Error {
  override readonly name: string = 'StepstreamError';
  readonly code: string;
  readonly remedy: string;

  constructor({ code, message, remedy, cause, terse }: ErrorFacts) {
    super(terse ? message : `${message} ${remedy}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Tells whether a caught value is an error of this library, of whichever copy. */
  static is(value: unknown): value is StepstreamError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
