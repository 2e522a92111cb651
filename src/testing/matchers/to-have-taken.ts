import { takenPath } from '../taken-path.js';
import { describeEnd } from './describe-end.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { checkSteps, nameOf, testRunOf } from './received.js';

/** Whose path is meant. */
export interface TakenOptions {
  /** The sub-pipeline step, by its key: `research`, `research#2`, `load[3]`. The run's own path by default. */
  readonly within?: string;
}

/** Whether exactly these steps have ended well (done, recovered or skipped), in this order of their ends. */
export function toHaveTaken(
  this: MatcherContext,
  received: unknown,
  expected: readonly string[],
  { within }: TakenOptions = {},
): Matched {
  const run = testRunOf('toHaveTaken', received);
  if (within === undefined) checkSteps('toHaveTaken', run.result, expected);
  const actual = takenPath(run.events, within);
  const whose = `${nameOf(run)}${within === undefined ? '' : ` within ${within}`}`;
  return {
    pass: this.equals(actual, expected),
    actual,
    expected,
    message: () =>
      `Expected ${whose} ${expectation(this, 'to have taken')}\n  ${toPath(expected)}\nbut it has taken\n  ${toPath(actual)}\n${describeEnd(run.result)}`,
  };
}

const toPath = (steps: readonly string[]): string => steps.join(' → ') || '(no step)';
