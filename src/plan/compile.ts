import { BlueprintError } from '../errors/blueprint-error.js';
import type { Blueprint } from '../scanner/blueprint.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { scan } from '../scanner/scan.js';
import { createPlan } from './create-plan.js';
import type { Plan } from './plan.js';
import { findProblems } from './problems/find-problems.js';

/** A pipeline class, read and checked. */
export interface Compiled {
  readonly blueprint: Blueprint;
  readonly plan: Plan;
}

const cache = new WeakMap<PipelineClass, Compiled>();

/** Reads and checks a pipeline class, once; throws one `BlueprintError` that lists everything wrong with it. */
export function compile(pipelineClass: PipelineClass): Compiled {
  const known = cache.get(pipelineClass);
  if (known) return known;
  const blueprint = scan(pipelineClass);
  const problems = findProblems(blueprint);
  if (problems.length > 0) throw new BlueprintError(blueprint.className, problems);
  const compiled = Object.freeze({ blueprint, plan: createPlan(blueprint) });
  cache.set(pipelineClass, compiled);
  return compiled;
}
