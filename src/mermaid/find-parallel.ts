import type { PlanStep } from '../plan/plan.js';

/** A step that starts several at once, by id. */
export interface Parallel {
  readonly source: number;
  /** Those of them that no other fan-out starts. */
  readonly targets: readonly number[];
}

/**
 * Fan-outs with the steps that no other fan-out leads to: a step stands in one box at most, and a box holds several. A
 * jump leads back to a step that stands elsewhere, and of the ways of a choice only one is taken.
 */
export function findParallel(steps: readonly PlanStep[]): Parallel[] {
  const fanOuts = steps
    .map(({ id, next, jumps }) => ({ source: id, targets: next.filter((target) => !jumps.includes(target)) }))
    .filter(({ targets }) => targets.length > 1);
  const counts = new Map<number, number>();
  for (const target of fanOuts.flatMap(({ targets }) => targets)) counts.set(target, (counts.get(target) ?? 0) + 1);
  return fanOuts
    .map(({ source, targets }) => ({ source, targets: targets.filter((target) => counts.get(target) === 1) }))
    .filter(({ targets }) => targets.length > 1);
}
