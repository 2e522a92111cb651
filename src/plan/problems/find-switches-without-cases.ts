import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { isObject } from './option-check.js';
import { whereOf } from './where-of.js';

/** A switch has no case: there is nothing to choose from. */
export const findSwitchesWithoutCases = ({ steps }: Blueprint): Problem[] =>
  steps
    .filter((step) => step.kind === 'switch' && hasNoCases(step))
    .map((step) => ({
      code: 'SWITCH_WITHOUT_CASES',
      where: whereOf(step),
      what: `is a @Switch without ${step.otherwise === undefined ? 'any case' : 'any case but its default'}.`,
      remedy: "Give it the option cases, a step or null by each key that it returns: { refund: 'pay', thanks: null }.",
    }));

/** A value that can't be a case is a mistake of its own. */
const hasNoCases = ({ options: { cases } }: StepBlueprint): boolean =>
  cases === undefined || (isObject(cases) && Object.values(cases).every((target) => target === undefined));
