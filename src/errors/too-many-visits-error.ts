import { brandAsEnding } from './ends-run.js';
import { StepstreamError } from './stepstream-error.js';

/** A loop has led to a step more often than `maxVisits` allows: the run has failed, and nothing recovers it. */
export class TooManyVisitsError extends StepstreamError {
  override readonly name = 'TooManyVisitsError';
  /** The step that was about to run once more. */
  readonly step: string;
  /** How often it may run in one run. */
  readonly maxVisits: number;

  constructor(
    pipeline: string,
    { name, maxVisits }: { readonly name: string; readonly maxVisits: number },
    loop: readonly string[],
  ) {
    super({
      code: 'TOO_MANY_VISITS',
      message:
        `${pipeline}.${name} was about to run for the ${ordinal(maxVisits + 1)} time in this run, ` +
        `in the loop of ${loop.map((step) => `"${step}"`).join(', ')}.`,
      remedy: `Let a step of the loop lead out of it, or raise the option maxVisits of ${name}.`,
    });
    this.step = name;
    this.maxVisits = maxVisits;
    brandAsEnding(this);
  }
}

function ordinal(count: number): string {
  const ending = count % 100 > 10 && count % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${ending}`;
}
