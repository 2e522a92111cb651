import type { ModelFlow, ModelUnit } from './model-flow.js';

/** Whether nothing of a call goes on until somebody has answered. */
export const isAsleep = ({ phase, child }: ModelUnit): boolean =>
  phase === 'suspended' || (phase === 'child' && isFlowAsleep(child!));

/** Whether a pipeline waits for answers alone. */
export function isFlowAsleep({ tree }: ModelFlow): boolean {
  const units = tree.flatMap(({ visits }) => visits.flatMap((visit) => visit.units));
  const goesOn = units.some(({ phase }) => phase === 'running' || phase === 'waiting');
  return !goesOn && tree.every(({ ready }) => ready.length === 0) && units.some(({ phase }) => phase === 'suspended');
}
