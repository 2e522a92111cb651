import { MisuseError } from '../../errors/misuse-error.js';
import { LONGEST_TIME } from '../../plan/longest-time.js';
import type { StartOptions } from './start-options.js';

const text = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 128;
const time = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= LONGEST_TIME;

/** For each option: what it must be, in words and as a test. */
const RULES: { readonly [K in keyof Required<StartOptions>]: readonly [string, (value: unknown) => boolean] } = {
  // The number of its turn is written behind it, and a ! where its time is looked at.
  id: [
    'a non-empty string of at most 128 characters without # and without ! at its end',
    (id) => text(id) && !/#|!$/.test(id as string),
  ],
  priority: [
    'a whole number from 0 to 2147483647',
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31,
  ],
  delay: ['milliseconds', time],
  timeout: ['milliseconds above 0', (value) => time(value) && (value as number) > 0],
  deduplicationId: ['a non-empty string of at most 128 characters', text],
  partition: ['a non-empty string of at most 128 characters', text],
  context: ['plain data', () => true],
  throwOnFailure: ['true or false', (value) => typeof value === 'boolean'],
};

/** Throws one `MisuseError` for what a run can't be started with. */
export function checkStart(pipeline: string, state: unknown, options: StartOptions): void {
  if (typeof state !== 'object' || state === null || Array.isArray(state))
    throw new MisuseError({
      code: 'INVALID_STATE',
      message: `${pipeline}: start() takes the state as an object.`,
      remedy: 'Pass the initial state: start(Chatbot, { … }).',
    });
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof StartOptions] : undefined;
    if (rule === undefined)
      throw refuse(pipeline, `there is no option "${name}"`, `The options are: ${Object.keys(RULES).join(', ')}.`);
    if (!rule[1](value)) throw refuse(pipeline, `the option ${name} must be ${rule[0]}`, 'Mend the option.');
  }
}

const refuse = (pipeline: string, what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_RUN_OPTION', message: `${pipeline}: start(): ${what}.`, remedy });
