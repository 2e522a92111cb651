import { StepstreamError } from './stepstream-error.js';

/** Where in a run something has failed. */
export interface FailurePlace {
  readonly pipeline: string;
  readonly step: string;
  readonly attempt: number;
  /** The item, where the step runs per item. */
  readonly index?: number | undefined;
}

/** A step has failed; `cause` is what its body threw, untouched. */
export class StepError extends StepstreamError {
  override readonly name: string = 'StepError';
  readonly step: string;
  readonly attempt: number;
  /** The item, where the step runs per item. */
  declare readonly index?: number;

  constructor(
    { pipeline, step, attempt, index }: FailurePlace,
    facts: { readonly what: string; readonly cause?: unknown; readonly code?: string; readonly remedy?: string },
  ) {
    super({
      code: facts.code ?? 'STEP_FAILED',
      message: `${pipeline}.${step}${index === undefined ? '' : `[${index}]`}${attempt > 1 ? ` (attempt ${attempt})` : ''}: ${facts.what}`,
      remedy: facts.remedy ?? 'See `cause` for the error itself.',
      terse: facts.remedy === undefined,
      cause: facts.cause,
    });
    this.step = step;
    this.attempt = attempt;
    if (index !== undefined) this.index = index;
  }
}
