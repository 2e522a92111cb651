import { LONGEST_TIME } from '../longest-time.js';
import { isObject, type OptionRule, type OptionRules } from './option-check.js';

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= LONGEST_TIME;

const duration: OptionRule = {
  expected: 'a number of milliseconds above 0, at most 2,147,483,647',
  fits: (value) => isTime(value) && value > 0,
};
const time: OptionRule = { expected: 'a number of milliseconds from 0 to 2,147,483,647', fits: isTime };
const flag: OptionRule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const count = (expected: string): OptionRule => ({
  expected,
  fits: (value) => Number.isSafeInteger(value) && (value as number) > 0,
});
const oneOf = (...values: string[]): OptionRule => ({
  expected: values.map((value) => `"${value}"`).join(' or '),
  fits: (value) => values.includes(value as string),
});

const retry: OptionRules = {
  attempts: { ...count('the number of all attempts, 1 or more'), required: true },
  delay: time,
  backoff: { expected: 'a number of 1 or more', fits: (value) => Number.isFinite(value) && (value as number) >= 1 },
  jitter: flag,
  when: { expected: 'a function of the error', fits: (value) => typeof value === 'function' },
};

/** What `@Step` and `@Streaming` accept. */
export const STEP_OPTIONS: OptionRules = {
  to: {
    expected: 'the name of a step, or a list of names',
    fits: (value) => (Array.isArray(value) ? value : [value]).every((name) => typeof name === 'string'),
  },
  join: oneOf('all', 'any'),
  retry: { ...count('the number of all attempts, 1 or more, or { attempts, … }'), inside: retry },
  timeout: { ...duration, inside: { step: duration, firstToken: duration, idle: duration } },
  onError: { expected: 'the name of an @OnError() method', fits: (value) => typeof value === 'string' },
  concurrency: count('a whole number of 1 or more'),
  entry: flag,
  meta: { expected: 'an object', fits: isObject },
};

/** What `@OnStartup` and `@OnShutdown` accept. */
export const HOOK_OPTIONS: OptionRules = { per: oneOf('instance', 'run') };

/** What `static pipeline` accepts. */
export const PIPELINE_OPTIONS: OptionRules = {
  name: { expected: 'a name that is not empty', fits: (value) => typeof value === 'string' && value !== '' },
  merge: { expected: 'an object of rules by field of the state', fits: isObject },
  cancelGrace: time,
  hookTimeout: time,
};

/** What each field of `merge` accepts. */
export const MERGE_RULE: OptionRule = {
  expected: '"sum", "append" or a function (base, committed, mine) => value',
  fits: (value) => value === 'sum' || value === 'append' || typeof value === 'function',
};
