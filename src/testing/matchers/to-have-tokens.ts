import { countedTokens } from '../../run/counted-tokens.js';
import { describeEnd } from './describe-end.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { checkSteps, nameOf, testRunOf, type AnyTestRun } from './received.js';

/** Whose tokens are meant. */
export interface SaidOptions<Step extends string = string> {
  /** Only those of this step; all by default. */
  readonly step?: Step;
}

/** Whether exactly these tokens count at last, in this order. */
export function toHaveTokens(
  this: MatcherContext,
  received: unknown,
  expected: readonly unknown[],
  options: SaidOptions = {},
): Matched {
  const run = testRunOf('toHaveTokens', received);
  const actual = tokensOf('toHaveTokens', run, options);
  return {
    pass: this.equals(actual, expected),
    actual,
    expected,
    message: () =>
      `Expected ${whose(run, options)} ${expectation(this, 'to have said')}\n  ${list(expected)}\nbut it has said\n  ${list(actual)}\n${describeEnd(run.result)}`,
  };
}

/** Whether the string tokens that count at last make this text, or one that is like it. */
export function toHaveText(
  this: MatcherContext,
  received: unknown,
  expected: string | RegExp,
  options: SaidOptions = {},
): Matched {
  const run = testRunOf('toHaveText', received);
  const tokens = tokensOf('toHaveText', run, options);
  const actual = tokens.filter((token) => typeof token === 'string').join('');
  const shown = typeof expected === 'string' ? JSON.stringify(expected) : String(expected);
  return {
    pass: typeof expected === 'string' ? actual === expected : expected.test(actual),
    ...(typeof expected === 'string' && { actual, expected }),
    message: () =>
      `Expected ${whose(run, options)} ${expectation(this, 'to have said')}\n  ${shown}\nbut it has said\n  ${JSON.stringify(actual)}\n${describeEnd(run.result)}`,
  };
}

function tokensOf(matcher: string, run: AnyTestRun, { step }: SaidOptions): unknown[] {
  if (step !== undefined && !run.events.some((event) => 'step' in event && event.step === step))
    checkSteps(matcher, run.result, [step]);
  return countedTokens(run.events, step).map(({ value }) => value);
}

const whose = (run: AnyTestRun, { step }: SaidOptions): string =>
  `${nameOf(run)}${step === undefined ? '' : `.${step}`}`;

const list = (tokens: readonly unknown[]): string =>
  tokens.map((token) => JSON.stringify(token)).join(' ') || '(nothing)';
