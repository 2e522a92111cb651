import type { Plan } from '../plan/plan.js';
import { nameSteps, sortById } from './name-steps.js';

/** A step and the pipeline that it runs, which is drawn elsewhere. */
interface Again {
  readonly id: string;
  readonly pipeline: string;
}

/**
 * The edges of steps that run a pipeline which is drawn already: around them, or beside them. They stand outside of all
 * boxes, for Mermaid takes a step into the first box whose lines name it.
 */
export function drawAgain(plan: Plan): string[] {
  const scopes = new Map<string, string[]>();
  const found: Again[] = [];
  collect(plan, '', scopes, found);
  return found.flatMap(({ id, pipeline }) => {
    const scope = nearest(id, scopes.get(pipeline) ?? []);
    return scope === undefined ? [] : [`${id} -. again .-> ${scope}Start`];
  });
}

function collect(plan: Plan, scope: string, scopes: Map<string, string[]>, found: Again[]): void {
  scopes.set(plan.pipeline, [...(scopes.get(plan.pipeline) ?? []), scope]);
  for (const { id, step } of sortById(nameSteps(plan, scope))) {
    if (step.child?.plan) collect(step.child.plan, `${id}_`, scopes, found);
    else if (step.child) found.push({ id, pipeline: step.child.pipeline });
  }
}

/** Of several drawings of one pipeline the one that has most of its boxes in common with the step. */
function nearest(id: string, scopes: readonly string[]): string | undefined {
  const path = id.split('_');
  const shared = (scope: string): number => {
    const other = scope.split('_');
    const at = other.findIndex((part, index) => part !== path[index]);
    return at === -1 ? other.length : at;
  };
  return [...scopes].sort((a, b) => shared(b) - shared(a) || a.length - b.length)[0];
}
