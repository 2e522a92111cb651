import type { Problem } from '../errors/blueprint-error.js';
import type { Blueprint } from '../scanner/blueprint.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { scan } from '../scanner/scan.js';
import { findChildren } from './problems/find-children.js';
import { findProblems } from './problems/find-problems.js';
import { sortProblems } from './problems/sort-problems.js';
import { whereOf } from './problems/where-of.js';

/** A class as its author wrote it, with the classes that its sub-pipeline steps run. */
export interface Definition {
  readonly blueprint: Blueprint;
  /** By the name of the step. */
  readonly children: ReadonlyMap<string, PipelineClass>;
}

/** Classes that were read, with all that they run, however deep inside. */
export interface Definitions {
  readonly known: ReadonlyMap<PipelineClass, Definition>;
  /** What is wrong with the first class, and inside it with those that it runs. */
  readonly problems: readonly Problem[];
}

/** Reads a class and every class that it runs, each once, and finds everything that is wrong with any of them. */
export function define(pipelineClass: PipelineClass): Definitions {
  const known = new Map<PipelineClass, Definition>();
  return { problems: visit(pipelineClass, known), known };
}

function visit(pipelineClass: PipelineClass, known: Map<PipelineClass, Definition>): Problem[] {
  const blueprint = scan(pipelineClass);
  const { children, problems } = findChildren(blueprint);
  known.set(pipelineClass, { blueprint, children });
  const inside: Problem[] = [];
  for (const step of blueprint.steps) {
    const child = children.get(step.name as string);
    // A class that runs itself, or that several steps run, is listed where it was first met.
    if (!child || known.has(child)) continue;
    for (const problem of visit(child, known))
      inside.push({ ...problem, where: `${whereOf(step)} → ${problem.where}` });
  }
  return sortProblems(blueprint, [...findProblems(blueprint), ...problems, ...inside]);
}
