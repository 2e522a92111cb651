import { LONGEST_TIME } from '../plan/longest-time.js';
import type { RetryPlan } from '../plan/plan.js';
import { Attempt } from './attempt.js';
import { plainErrorOf } from './step-failure.js';
import { takeBack } from './take-back.js';

/** Whether the author wants another attempt; what `when` itself throws counts as the failure. */
export function worthIt({ when }: RetryPlan, attempt: Attempt, error: unknown): boolean | { readonly thrown: unknown } {
  if (!when) return true;
  try {
    return Boolean(when(error, { attempt: attempt.activation.attempt, tokens: attempt.stream?.tokens ?? 0 }));
  } catch (thrown) {
    return { thrown };
  }
}

/** Milliseconds before the next attempt. */
export function delayOf({ activation }: Attempt, { delay, backoff, jitter }: RetryPlan): number {
  const full = Math.min(delay * backoff ** (activation.attempt - 1), LONGEST_TIME);
  return jitter ? activation.run.random() * full : full;
}

/** Waits, and then makes the next attempt for `begin`. */
export function tryAgain(attempt: Attempt, error: unknown, delay: number, begin: (next: Attempt) => void): void {
  const { activation } = attempt;
  const { run } = activation;
  // Until the next one begins no attempt counts: nothing that the failed one still says or does is heard.
  activation.current = undefined;
  takeBack(activation, 'retry');
  run.teller.step('step-retry', activation, { error: plainErrorOf(attempt, error), delay });
  if (activation.endIfDecided()) return;
  const timer = run.clock.after(delay, () => {
    activation.interrupt = undefined;
    activation.attempt++;
    const next = new Attempt(activation, 'body');
    activation.current = next;
    begin(next);
  });
  activation.interrupt = () => timer.cancel();
}
