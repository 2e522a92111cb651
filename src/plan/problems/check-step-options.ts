import type { Problem } from '../../errors/blueprint-error.js';
import type { StepBlueprint } from '../../scanner/blueprint.js';
import { decoratorOf } from './decorator-of.js';
import { checkOptions } from './option-check.js';
import { isStepOption, rulesOf } from './step-option-rules.js';
import { whereOf } from './where-of.js';

/** What to do about an option that this decorator doesn't have, but another one has. */
const REMEDIES: Readonly<Record<string, string>> = {
  to: 'Name the steps in cases, with null for the end.',
  goto: "Name the steps in to: an item can't choose where its each leads.",
  cases: 'Decorate it with @Switch, or name the steps in to.',
  default: 'Decorate it with @Switch, or name the steps in to.',
  each: 'Remove it, or run a pipeline per item with @SubPipeline(() => …, { each: true }).',
  onItemError: 'Remove it, or let the step run once per item: @ForEach(), or each: true in a @SubPipeline.',
  distributed: 'Remove it: only the items of a @ForEach() are spread over workers.',
};

/** Finds unknown names and wrong values among the options of a step, and those that only other decorators have. */
export function checkStepOptions(step: StepBlueprint): Problem[] {
  const rules = rulesOf(step);
  // The thunk of a sub-pipeline is no option: it has a problem of its own.
  const written = Object.entries(step.options).filter(([name]) => name !== 'of' || step.kind !== 'sub');
  const isOfOthers = (name: string): boolean => !Object.hasOwn(rules, name) && isStepOption(name);
  return [
    ...written
      .filter(([name, value]) => value !== undefined && isOfOthers(name))
      .map(([name]) => toProblem(step, name)),
    ...checkOptions(whereOf(step), Object.fromEntries(written.filter(([name]) => !isOfOthers(name))), rules),
  ];
}

const toProblem = (step: StepBlueprint, name: string): Problem => ({
  code: 'INVALID_OPTION',
  where: whereOf(step),
  what: `has the option ${name}, which a ${decoratorOf(step)} doesn't have.`,
  remedy: REMEDIES[name],
});
