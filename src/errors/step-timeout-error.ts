import { StepError, type FailurePlace } from './step-error.js';

const WHAT = {
  step: 'took longer than',
  firstToken: 'sent no first token within',
  idle: 'sent no further token for',
} as const;

/** An attempt has used up one of its limits: the whole step, the time to the first token, or the time between two. */
export class StepTimeoutError extends StepError {
  override readonly name = 'StepTimeoutError';
  readonly limit: 'step' | 'firstToken' | 'idle';

  constructor(place: FailurePlace, limit: 'step' | 'firstToken' | 'idle', milliseconds: number) {
    super(place, {
      code: 'STEP_TIMEOUT',
      what: `${WHAT[limit]} ${milliseconds} ms.`,
      remedy: `Raise the option timeout (${limit}), or retry with the option retry.`,
    });
    this.limit = limit;
  }
}
