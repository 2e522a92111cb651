import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import type { PipelineClass } from '../../scanner/pipeline-class.js';
import { whereOf } from './where-of.js';

/** What the sub-pipeline steps of a class run. */
export interface Children {
  /** By the name of the step. */
  readonly children: ReadonlyMap<string, PipelineClass>;
  /** Steps whose thunk gives no class. */
  readonly problems: readonly Problem[];
}

/** Asks every thunk of a class once which pipeline class its step runs. */
export function findChildren({ steps }: Blueprint): Children {
  const children = new Map<string, PipelineClass>();
  const problems: Problem[] = [];
  for (const step of steps) {
    if (step.kind !== 'sub') continue;
    const answer = ask(step);
    if ('child' in answer) children.set(String(step.name), answer.child);
    else problems.push(toProblem(step, answer));
  }
  return { children, problems };
}

interface Refusal {
  readonly what: string;
  readonly remedy?: string;
}

function ask({ of }: StepBlueprint): { readonly child: PipelineClass } | Refusal {
  if (!of) return { what: 'names no pipeline class.' };
  let given: unknown;
  try {
    given = of();
  } catch (error) {
    return {
      what: `names its pipeline class by a function that throws ${error instanceof Error ? String(error) : 'something else than an error'}.`,
    };
  }
  return isClass(given) ? { child: given } : describe(given);
}

/** Arrow functions and methods have no prototype to put steps on. */
const isClass = (value: unknown): value is PipelineClass =>
  typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;

function describe(given: unknown): Refusal {
  const what = (text: string): string => `names its pipeline class by a function that gives ${text}.`;
  if (typeof given === 'function') return { what: what('a function that is no class') };
  if (given === null || typeof given !== 'object')
    return { what: what(typeof given === 'string' ? JSON.stringify(given) : String(given)) };
  if (given instanceof Promise)
    return { what: what('a promise'), remedy: 'Import the class above and give it without async.' };
  const { name } = (Object.getPrototypeOf(given) as { constructor?: { name?: unknown } } | null)?.constructor ?? {};
  if (typeof name !== 'string' || name === 'Object' || name === '') return { what: what('an object') };
  return { what: what(`an instance of ${name}`), remedy: `Give the class itself: @SubPipeline(() => ${name}).` };
}

const toProblem = (step: StepBlueprint, { what, remedy }: Refusal): Problem => ({
  code: 'UNKNOWN_SUB_PIPELINE',
  where: whereOf(step),
  what,
  remedy: remedy ?? 'Name a class that extends Pipeline: @SubPipeline(() => Researcher).',
});
