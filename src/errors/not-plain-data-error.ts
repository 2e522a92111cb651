import { StepstreamError } from './stepstream-error.js';

/** Something that must survive JSON unchanged would not: a `Date`, a `Map`, a class instance, `NaN`, a cycle … */
export class NotPlainDataError extends StepstreamError {
  override readonly name = 'NotPlainDataError';
  /** Where in the value, written as in code: `state.user.born`. */
  readonly path: string;

  constructor(path: string, what: string, remedy: string) {
    super({ code: 'NOT_PLAIN_DATA', message: `${path} is ${what}, which is no plain data.`, remedy });
    this.path = path;
  }
}
