import { LONGEST_TIME } from '../longest-time.js';
import { isObject, type OptionRule, type OptionRules } from './option-check.js';

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= LONGEST_TIME;

/** Milliseconds above 0. */
export const duration: OptionRule = {
  expected: 'a number of milliseconds above 0, at most 2,147,483,647',
  fits: (value) => isTime(value) && value > 0,
};
/** Milliseconds, 0 included. */
export const time: OptionRule = { expected: 'a number of milliseconds from 0 to 2,147,483,647', fits: isTime };
/** True or false. */
export const flag: OptionRule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
/** A whole number of 1 or more, in the words of its option. */
export const count = (expected: string): OptionRule => ({
  expected,
  fits: (value) => Number.isSafeInteger(value) && (value as number) > 0,
});
/** One of some words. */
export const oneOf = (...values: string[]): OptionRule => ({
  expected: values
    .map((value) => `"${value}"`)
    .join(', ')
    .replace(/, (?!.*, )/, ' or '),
  fits: (value) => values.includes(value as string),
});

/** How often a step may run in one run of its pipeline. */
export const maxVisits = count('a whole number of 1 or more');

/** Around attempts. */
export const middleware: OptionRule = {
  expected: 'a function (context, next) => …, or a list of such functions',
  fits: (value) => (Array.isArray(value) ? value : [value]).every(isFunction),
};

/** What `@OnStartup` and `@OnShutdown` accept. */
export const HOOK_OPTIONS: OptionRules = { per: oneOf('instance', 'run') };

/** What `static pipeline` accepts. */
export const PIPELINE_OPTIONS: OptionRules = {
  name: { expected: 'a name that is not empty', fits: (value) => typeof value === 'string' && value !== '' },
  merge: { expected: 'an object of rules by field of the state', fits: isObject },
  cancelGrace: time,
  hookTimeout: time,
  maxVisits,
  migrate: { expected: 'a function of the checkpoint', fits: isFunction },
  middleware,
};

/** What each field of `merge` accepts. */
export const MERGE_RULE: OptionRule = {
  expected: '"sum", "append" or a function (base, committed, mine) => value',
  fits: (value) => value === 'sum' || value === 'append' || isFunction(value),
};
