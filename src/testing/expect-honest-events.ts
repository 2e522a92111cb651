import { StepstreamError } from '../errors/stepstream-error.js';
import type { RunEvent } from '../run/events.js';
import { findDishonesty } from '../run/find-dishonesty.js';

/** A run as `testRun` collects it, of whatever pipeline. */
export interface Told {
  readonly events: readonly unknown[];
  readonly text?: string;
}

/**
 * Throws unless the events of a run, all of them from its beginning, can be true: `seq` without a gap, one `run-end` and
 * nothing behind it, each `step-start` closed exactly once and as the ledger says, and the tokens that count make the
 * text. Give it what `testRun` resolves to, or the events alone.
 */
export function expectHonestEvents(told: Told | readonly unknown[]): void {
  const { events, text }: Told = 'events' in told ? told : { events: told };
  const problems = findDishonesty(events as readonly RunEvent[], text);
  if (problems.length === 0) return;
  throw new StepstreamError({
    code: 'DISHONEST_EVENTS',
    terse: true,
    message: `The events can't be true:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    remedy: 'Pass all events of one run; if these are all, report it as a mistake of stepstream.',
  });
}
