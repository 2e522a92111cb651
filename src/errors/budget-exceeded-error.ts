import { brandAsEnding } from './ends-run.js';
import { StepstreamError } from './stepstream-error.js';

const UNITS = { tokens: 'model tokens', steps: 'steps', time: 'ms' } as const;
const shown = (count: number): string => count.toLocaleString('en-US');

/** A run has used up its `budget()`: it has failed at once, and `result` has what was done until then. */
export class BudgetExceededError extends StepstreamError {
  override readonly name = 'BudgetExceededError';
  readonly limit: 'tokens' | 'steps' | 'time';
  readonly allowed: number;
  readonly used: number;

  constructor(limit: 'tokens' | 'steps' | 'time', allowed: number, used: number) {
    const unit = UNITS[limit];
    super({
      code: 'BUDGET_EXCEEDED',
      message: `The budget of this run is ${shown(allowed)} ${unit}, and it has used ${shown(used)}.`,
      remedy: `Raise budget({ ${limit} }), or see \`result\` for what was done until then.`,
    });
    this.limit = limit;
    this.allowed = allowed;
    this.used = used;
    brandAsEnding(this);
  }
}
