import { invalidTestOption } from '../invalid-test-option.js';
import { causesOf, describeEnd } from './describe-end.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { resultOf } from './received.js';

/** The code of an error, its class, or what its message is like. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: the constructor of any error
export type Failing = string | RegExp | (abstract new (...args: any[]) => Error);

/** Whether a run has failed with such an error, or with one that such an error has caused. */
export function toHaveFailedWith(this: MatcherContext, received: unknown, expected: Failing): Matched {
  const result = resultOf('toHaveFailedWith', received);
  const matches = matcherFor(expected);
  return {
    pass: result.status !== 'success' && causesOf(result.error).some(matches),
    message: () =>
      `Expected the run ${expectation(this, `to have failed with ${describe(expected)}`)}. ${describeEnd(result)}`,
  };
}

function matcherFor(expected: Failing): (error: unknown) => boolean {
  if (typeof expected === 'string') return (error) => (error as { code?: unknown } | null)?.code === expected;
  if (expected instanceof RegExp)
    return (error) => expected.test(error instanceof Error ? error.message : String(error));
  if (typeof expected === 'function') return (error) => error instanceof expected;
  throw invalidTestOption(
    'expect(…).toHaveFailedWith()',
    'it takes the code of an error, its class, or a regular expression for its message',
    "Write: toHaveFailedWith('STEP_TIMEOUT'), toHaveFailedWith(StepTimeoutError) or toHaveFailedWith(/too late/).",
  );
}

const describe = (expected: Failing): string =>
  typeof expected === 'function'
    ? expected.name
    : typeof expected === 'string'
      ? `the code ${expected}`
      : String(expected);
