import { StepTimeoutError } from '../errors/step-timeout-error.js';
import type { Attempt } from './attempt.js';
import type { Limit } from './limits.js';
import { own, placeOf } from './mistake.js';

/** A limit is used up: the body gets the grace to end; one that doesn't is left behind and never retried over (D.3). */
export function expire(attempt: Attempt, limit: Limit, failed: (attempt: Attempt, error: unknown) => void): void {
  const { activation } = attempt;
  const { run, flow, step } = activation;
  const expired = own(new StepTimeoutError(placeOf(activation), limit, step.timeout![limit]!));
  attempt.limits!.expire(expired, flow.plan.cancelGrace, () => {
    if (attempt.hooks !== undefined) return;
    activation.leaveBehind();
    run.noteAbandoned(activation.key);
    failed(attempt, expired);
  });
  attempt.abort(expired);
}
