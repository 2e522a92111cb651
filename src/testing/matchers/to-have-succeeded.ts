import { describeEnd, describeStep, toTable, type Row } from './describe-end.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { resultOf } from './received.js';

/** Whether a run has ended as `success`. */
export function toHaveSucceeded(this: MatcherContext, received: unknown): Matched {
  const result = resultOf('toHaveSucceeded', received);
  const table = Object.entries(result.ledger).map(([name, step]): Row => [' ', name, describeStep(step)]);
  return {
    pass: result.status === 'success',
    message: () =>
      `Expected the run ${expectation(this, 'to have succeeded')}. ${describeEnd(result)}\n\n${toTable(table)}`,
  };
}
