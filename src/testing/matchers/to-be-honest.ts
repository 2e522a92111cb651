import { findDishonesty } from '../../run/find-dishonesty.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { testRunOf } from './received.js';

/** Whether what a run has told can be true: see `expectHonestEvents`. */
export function toBeHonest(this: MatcherContext, received: unknown): Matched {
  const { events, result } = testRunOf('toBeHonest', received);
  const problems = findDishonesty(events, result.text);
  return {
    pass: problems.length === 0,
    message: () =>
      `Expected the events ${expectation(this, 'to be honest')}.\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  };
}
