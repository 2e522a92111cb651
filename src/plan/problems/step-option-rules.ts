import type { StepBlueprint, StepKind } from '../../scanner/blueprint.js';
import { isObject, type OptionRule, type OptionRules } from './option-check.js';
import { count, duration, flag, maxVisits, middleware, oneOf, time } from './option-rules.js';

/** What one case of a switch, and its default, accept. */
const CASE_RULE: OptionRule = {
  expected: 'the name of a step, or null for the end',
  fits: (value) => value === null || typeof value === 'string',
};

const retry: OptionRules = {
  attempts: { ...count('the number of all attempts, 1 or more'), required: true },
  delay: time,
  backoff: { expected: 'a number of 1 or more', fits: (value) => Number.isFinite(value) && (value as number) >= 1 },
  jitter: flag,
  when: { expected: 'a function of the error', fits: (value) => typeof value === 'function' },
};

const names: OptionRule = {
  expected: 'the name of a step, or a list of names',
  fits: (value) => (Array.isArray(value) ? value : [value]).every((name) => typeof name === 'string'),
};

/** Schemas are objects or functions, as their library likes. */
const isSchema = (value: unknown): boolean => {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false;
  const standard = (value as { readonly '~standard'?: { readonly validate?: unknown } | null })['~standard'];
  return typeof standard?.validate === 'function';
};

const to: OptionRules = { to: names };
const goto: OptionRules = { goto: names };
const every: OptionRules = {
  join: oneOf('all', 'any'),
  retry: { ...count('the number of all attempts, 1 or more, or { attempts, … }'), inside: retry },
  timeout: { ...duration, inside: { step: duration, firstToken: duration, idle: duration } },
  onError: { expected: 'the name of an @OnError() method', fits: (value) => typeof value === 'string' },
  concurrency: count('a whole number of 1 or more'),
  maxVisits,
  answer: { expected: 'a Standard Schema, as Zod, Valibot and ArkType make them', fits: isSchema },
  middleware,
  entry: flag,
  meta: { expected: 'an object', fits: isObject },
};
const items: OptionRules = { onItemError: oneOf('fail', 'skip', 'collect') };
const cases: OptionRule = {
  expected: "an object of steps by key: { refund: 'pay', thanks: null }",
  fits: () => false,
};

const RULES: Readonly<Record<StepKind, OptionRules>> = {
  step: { ...to, ...goto, ...every },
  streaming: { ...to, ...goto, ...every },
  each: { ...to, ...every, ...items, distributed: flag },
  switch: { cases, default: CASE_RULE, ...goto, ...every },
  sub: { ...to, ...goto, each: flag, ...every, ...items },
};

/** What the decorator of a step accepts. Items have no `goto`, for only the whole each leads on. */
export function rulesOf({ kind, each, options }: Pick<StepBlueprint, 'kind' | 'each' | 'options'>): OptionRules {
  const rules = RULES[kind];
  if (kind === 'switch' && isObject(options.cases)) {
    const inside = Object.fromEntries(Object.keys(options.cases).map((key) => [key, CASE_RULE]));
    return { ...rules, cases: { ...cases, inside } };
  }
  if (kind !== 'sub') return rules;
  const missing = each ? 'goto' : 'onItemError';
  return Object.fromEntries(Object.entries(rules).filter(([name]) => name !== missing));
}

/** Whether any decorator of a step has an option of this name. */
export const isStepOption = (name: string): boolean => Object.values(RULES).some((rules) => Object.hasOwn(rules, name));
