import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** The option `to`, or the option `goto`, names a step twice. */
export const findDuplicateTargets = ({ steps }: Blueprint): Problem[] =>
  steps.flatMap((step) => [
    ...repeated(step.to).map((target) => ({
      code: 'DUPLICATE_TARGET',
      where: whereOf(step),
      what: `leads to "${target}" more than once.`,
      remedy: 'Name it once: a step takes one output from each step that leads to it.',
    })),
    ...repeated(step.goto).map((target) => ({
      code: 'DUPLICATE_TARGET',
      where: whereOf(step),
      what: `may go to "${target}" more than once.`,
      remedy: 'Name it once in the option goto.',
    })),
  ]);

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.has(name) || !seen.add(name)))];
}
