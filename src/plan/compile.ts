import { BlueprintError } from '../errors/blueprint-error.js';
import type { Blueprint } from '../scanner/blueprint.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { createPlan } from './create-plan.js';
import { define, type Definitions } from './define.js';
import type { ChildPlan, Plan } from './plan.js';

/** A pipeline class, read and checked. */
export interface Compiled {
  readonly blueprint: Blueprint;
  readonly plan: Plan;
  /** The classes that its sub-pipeline steps run, by the name of the step. */
  readonly children: ReadonlyMap<string, PipelineClass>;
}

const cache = new WeakMap<PipelineClass, Compiled>();

/** Reads and checks a pipeline class, once, with those that it runs; throws one `BlueprintError` that lists everything wrong. */
export function compile(pipelineClass: PipelineClass): Compiled {
  const done = cache.get(pipelineClass);
  if (done) return done;
  const { known, problems } = define(pipelineClass);
  if (problems.length > 0) throw new BlueprintError(known.get(pipelineClass)!.blueprint.className, problems);
  return compileDefined(pipelineClass, known);
}

/** What a class has become does not depend on who runs it, nor on which of them was compiled first. */
function compileDefined(pipelineClass: PipelineClass, known: Definitions['known']): Compiled {
  const done = cache.get(pipelineClass);
  if (done) return done;
  const plan = place(pipelineClass, { root: pipelineClass, known, placed: new Set() });
  const compiled = Object.freeze({ ...known.get(pipelineClass)!, plan });
  cache.set(pipelineClass, compiled);
  return compiled;
}

/** Classes that run one another stand in the plan of the one it is made for, each once. */
interface Group {
  readonly root: PipelineClass;
  readonly known: Definitions['known'];
  readonly placed: Set<PipelineClass>;
}

function place(pipelineClass: PipelineClass, group: Group): Plan {
  const { blueprint, children } = group.known.get(pipelineClass)!;
  group.placed.add(pipelineClass);
  const plans = new Map<string, ChildPlan>();
  for (const [step, child] of children) plans.set(step, createChild(child, group));
  return createPlan(blueprint, plans);
}

function createChild(child: PipelineClass, group: Group): ChildPlan {
  const { root, known, placed } = group;
  const { name, named } = known.get(child)!.blueprint;
  // It recurs: what it is stands elsewhere in the same plan, so its own fingerprint adds nothing.
  if (placed.has(child)) return Object.freeze({ pipeline: name, named, fingerprint: 'recursive' });
  const plan = runs(child, root, known) ? place(child, group) : compileDefined(child, known).plan;
  return Object.freeze({ pipeline: name, named, fingerprint: plan.fingerprint, plan });
}

/** Whether a class runs another one, however deep inside. */
function runs(pipelineClass: PipelineClass, other: PipelineClass, known: Definitions['known']): boolean {
  const found = new Set([pipelineClass]);
  for (const next of found) for (const child of known.get(next)!.children.values()) found.add(child);
  return found.has(other);
}
