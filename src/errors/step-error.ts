import { StepstreamError } from './stepstream-error.js';

/** Where in a run something has failed. */
export interface FailurePlace {
  readonly pipeline: string;
  readonly step: string;
  readonly attempt: number;
}

/** A step has failed; `cause` is what its body threw, untouched. */
export class StepError extends StepstreamError {
  override readonly name: string = 'StepError';
  readonly step: string;
  readonly attempt: number;

  constructor(
    { pipeline, step, attempt }: FailurePlace,
    facts: { readonly what: string; readonly cause?: unknown; readonly code?: string; readonly remedy?: string },
  ) {
    super({
      code: facts.code ?? 'STEP_FAILED',
      message: `${pipeline}.${step}${attempt > 1 ? ` (attempt ${attempt})` : ''}: ${facts.what}`,
      remedy: facts.remedy ?? 'See `cause` for the error itself.',
      terse: facts.remedy === undefined,
      cause: facts.cause,
    });
    this.step = step;
    this.attempt = attempt;
  }
}
