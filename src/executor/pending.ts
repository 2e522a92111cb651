import type { FlowCheckpoint, PlaceCheckpoint, VisitCheckpoint } from '../run/checkpoint.js';
import type { Suspension } from '../run/outcome.js';
import type { PlanStep } from '../plan/plan.js';
import type { Host } from './host.js';
import { hostOf } from './host-of.js';

/** One suspension of a checkpoint, with the step that waits. */
export interface Pending {
  readonly key: string;
  readonly step: PlanStep;
  readonly attempt: number;
  readonly index: number | undefined;
  readonly suspension: Suspension;
  readonly host: Host;
}

/** Everything in a checked checkpoint that waits for an answer, those of children included. */
export function pendingOf(host: Host, flow: FlowCheckpoint, prefix = ''): readonly Pending[] {
  const { steps } = host.compiled.plan;
  const toPending = (visit: VisitCheckpoint): Pending => ({
    key: keyOf(prefix, visit),
    step: steps.find(({ name }) => name === visit.step)!,
    attempt: visit.attempt,
    index: visit.index,
    suspension: visit.suspension,
    host,
  });
  return [
    ...flow.suspended.map(toPending),
    ...flow.eaches.flatMap(({ suspended }) => suspended.map(toPending)),
    ...flow.children.flatMap((child) => {
      const instance = (host.instance as Record<string, object>)[child.field];
      return pendingOf(hostOf(instance), child.flow, `${keyOf(prefix, child)}/`);
    }),
  ];
}

/** As activations have it (B.6). */
function keyOf(prefix: string, { step, visit, index }: PlaceCheckpoint): string {
  return `${prefix}${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
}
