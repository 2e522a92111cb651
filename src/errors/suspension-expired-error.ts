import { StepError, type FailurePlace } from './step-error.js';

/** A step has waited longer for its answer than its `suspend()` had said. */
export class SuspensionExpiredError extends StepError {
  override readonly name = 'SuspensionExpiredError';
  /** Milliseconds since the epoch. */
  readonly expiredAt: number;

  constructor(place: FailurePlace, expiredAt: number) {
    super(place, {
      code: 'SUSPENSION_EXPIRED',
      what: `waited for an answer until ${new Date(expiredAt).toISOString()}, and none had come.`,
      remedy: 'Give suspend() a longer expiresIn, or the step a handler: onError.',
    });
    this.expiredAt = expiredAt;
  }
}
