import type { Plan, PlanStep } from '../plan/plan.js';

/** A step with its id in the drawing. */
export interface Drawn {
  readonly id: string;
  /** The place of its name among all of its pipeline, which is also the number in its id. */
  readonly order: number;
  readonly step: PlanStep;
}

/** Ids by name, so that moving a method doesn't change the drawing; never a name, which might be a word of Mermaid. */
export function nameSteps({ steps }: Plan, scope: string): readonly Drawn[] {
  const byName = [...steps].sort((a, b) => compareCodePoints(a.name, b.name));
  const drawn: Drawn[] = [];
  byName.forEach((step, order) => (drawn[step.id] = { id: `${scope}n${order}`, order, step }));
  return drawn;
}

/** In the order in which everything is drawn. */
export const sortById = (drawn: readonly Drawn[]): Drawn[] => [...drawn].sort((a, b) => a.order - b.order);

/** `<` compares UTF-16 units, which puts a letter beyond the basic plane before some of it. */
function compareCodePoints(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at === -1) return a.length - b.length;
  return at < b.length ? a[at].codePointAt(0)! - b[at].codePointAt(0)! : 1;
}
