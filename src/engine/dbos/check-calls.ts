import { checkOptions, type OptionRules } from '../../errors/check-options.js';
import { MisuseError } from '../../errors/misuse-error.js';
import { LONGEST_TIME } from '../../plan/longest-time.js';
import { RULE } from './option-rules.js';
import type { StartOptions } from './start-options.js';

const text = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 128;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const time = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= LONGEST_TIME;

const code = 'INVALID_RUN_OPTION';

const RULES: OptionRules<keyof StartOptions> = {
  // The number of its turn is written behind it, and a ! where its time is looked at.
  id: [
    'a non-empty string of at most 128 characters without # and without ! at its end',
    (id) => text(id) && !/#|!$/.test(id as string),
  ],
  priority: ['a whole number from 0 to 2147483647', (value) => isWhole(value) && (value as number) < 2 ** 31],
  delay: ['milliseconds', time],
  timeout: ['milliseconds above 0', (value) => time(value) && (value as number) > 0],
  deduplicationId: ['a non-empty string of at most 128 characters', text],
  partition: ['a non-empty string of at most 128 characters', text],
  // Named where it isn't plain data.
  context: RULE.known,
  throwOnFailure: ['true or false', (value) => typeof value === 'boolean'],
};
const { context, timeout, throwOnFailure } = RULES;

/** Throws a `MisuseError` for what a run can't be started with. */
export function checkStart(pipeline: string, state: unknown, options: StartOptions): void {
  if (typeof state !== 'object' || state === null || Array.isArray(state))
    throw new MisuseError({
      code: 'INVALID_STATE',
      message: `${pipeline}: start() takes the state as an object.`,
      remedy: 'Pass the initial state: start(Chatbot, { … }).',
    });
  checkOptions({ code, call: `${pipeline}: start()` }, options, RULES);
}

/** Throws a `MisuseError` for options that no run can be followed with. */
export function checkAttach(options: object): void {
  const after = ['a whole number, the seq behind which to begin', isWhole] as const;
  checkOptions({ code, call: 'attach()' }, options, { after, throwOnFailure });
}

/** Throws a `MisuseError` for what is no answer, and for options that no run can go on with. */
export function checkResume(answers: unknown, options: object): void {
  if (typeof answers !== 'object' || answers === null || Array.isArray(answers))
    throw new MisuseError({
      code: 'INVALID_ANSWER',
      message: 'resume() takes the answers as an object, by step key.',
      remedy: "Pass them by key: resume(runId, { approve: 'yes' }).",
    });
  checkOptions({ code, call: 'resume()' }, options, { context, timeout, throwOnFailure });
}
