import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { checkStepOptions } from './check-step-options.js';
import { checkOptions, isObject } from './option-check.js';
import { HOOK_OPTIONS, MERGE_RULE, PIPELINE_OPTIONS } from './option-rules.js';
import { whereOf } from './where-of.js';

/** An option has an unknown name or a value that it can't have. */
export const findInvalidOptions = (blueprint: Blueprint): Problem[] => [
  ...checkPipelineOptions(blueprint),
  ...blueprint.steps.flatMap(checkStepOptions),
  ...[...blueprint.startup, ...blueprint.shutdown].flatMap((hook) =>
    checkOptions(whereOf(hook), hook.options, HOOK_OPTIONS),
  ),
  ...blueprint.handlers.flatMap((handler) => checkOptions(whereOf(handler), handler.options, {})),
];

function checkPipelineOptions({ className, options }: Blueprint): Problem[] {
  const where = `${className}.pipeline`;
  const written: unknown = options;
  if (!isObject(written))
    return [
      { code: 'INVALID_OPTION', where, what: 'is no object.', remedy: 'Write static readonly pipeline = { … }.' },
    ];
  const { merge } = options as { readonly merge?: unknown };
  if (!isObject(merge)) return checkOptions(where, written, PIPELINE_OPTIONS);
  const fields = Object.fromEntries(Object.keys(merge).map((field) => [field, MERGE_RULE]));
  const mergeRule = { ...PIPELINE_OPTIONS.merge, inside: fields };
  return checkOptions(where, written, { ...PIPELINE_OPTIONS, merge: mergeRule });
}
