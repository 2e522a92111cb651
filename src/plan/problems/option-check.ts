import type { Problem } from '../../errors/blueprint-error.js';
import { nearestName } from './nearest-name.js';

/** What an option may be. */
export interface OptionRule {
  /** For the sentence "Give it …". */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** What an object given for it may contain. */
  readonly inside?: OptionRules;
  readonly required?: boolean;
}

/** All options of one object, by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** Finds unknown names and wrong values among options, those inside an option included. */
export function checkOptions(where: string, options: object, rules: OptionRules, path = ''): Problem[] {
  const missing = Object.keys(rules).filter(
    (name) => rules[name].required && (options as Record<string, unknown>)[name] === undefined,
  );
  return [
    ...missing.map((name) => problem(where, `lacks the option ${path}${name}.`, `Give it ${rules[name].expected}.`)),
    ...Object.entries(options).flatMap(([name, value]) => checkOption(where, name, value, rules, path)),
  ];
}

function checkOption(where: string, name: string, value: unknown, rules: OptionRules, path: string): Problem[] {
  if (value === undefined) return [];
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (!rule) {
    const nearest = nearestName(name, Object.keys(rules));
    const hint = nearest ? ` Did you mean "${path}${nearest}"?` : '';
    const known = Object.keys(rules).join(', ');
    const remedy = known ? `Known are: ${known}.` : 'Remove it.';
    return [problem(where, `has an unknown option "${path}${name}".${hint}`, remedy)];
  }
  if (rule.inside && isObject(value)) return checkOptions(where, value, rule.inside, `${path}${name}.`);
  if (rule.fits(value)) return [];
  return [problem(where, `has the option ${path}${name}: ${show(value)}.`, `Give it ${rule.expected}.`)];
}

/** Tells a plain bag of options from a list or `null`. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const problem = (where: string, what: string, remedy: string): Problem => ({
  code: 'INVALID_OPTION',
  where,
  what,
  remedy,
});

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
