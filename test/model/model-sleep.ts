import type { ModelFlow, ModelUnit, ModelVisit } from './model-flow.js';

/** Whether further items are to come. */
export const hasMore = (visit: ModelVisit): boolean =>
  !visit.flow.isEnded &&
  !visit.against &&
  visit.status === undefined &&
  itemsOf(visit).length < (visit.items?.length ?? 0);

/** Its calls but the one that opened it, in index order. */
export const itemsOf = ({ units }: ModelVisit): ModelUnit[] =>
  units.filter(({ index }) => index !== undefined).sort((a, b) => a.index! - b.index!);

/** Whether nothing of a call goes on until somebody has answered. */
export const isAsleep = ({ phase, child }: ModelUnit): boolean =>
  phase === 'suspended' || (phase === 'child' && isFlowAsleep(child!));

/** Whether a pipeline waits for answers alone. */
export function isFlowAsleep({ tree }: ModelFlow): boolean {
  const visits = tree.flatMap((flow) => flow.visits);
  const units = visits.flatMap((visit) => visit.units);
  const goesOn = units.some(({ phase }) => phase === 'running' || phase === 'waiting') || visits.some(hasMore);
  return !goesOn && tree.every(({ ready }) => ready.length === 0) && units.some(({ phase }) => phase === 'suspended');
}
