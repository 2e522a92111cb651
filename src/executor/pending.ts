import type { ChildCheckpoint, FlowCheckpoint, PlaceCheckpoint, VisitCheckpoint } from '../run/checkpoint.js';
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

/** Everything in a checked checkpoint that waits for an answer, those of children included, in plan order. */
export function pendingOf(host: Host, flow: FlowCheckpoint, prefix = ''): readonly Pending[] {
  const steps = new Map(host.compiled.plan.steps.map((step) => [step.name, step]));
  const toPending = (visit: VisitCheckpoint): Pending => {
    const { attempt, index, suspension } = visit;
    return { key: keyOf(prefix, visit), step: steps.get(visit.step)!, attempt, index, suspension, host };
  };
  const places = [
    ...[...flow.suspended, ...flow.eaches.flatMap(({ suspended }) => suspended)].map((place) => ({
      place: place,
      pending: [toPending(place)] as readonly Pending[],
    })),
    ...flow.children.map((child) => ({ place: child, pending: inside(host, child, prefix) })),
  ];
  const rank = ({ step, visit, index = -1 }: PlaceCheckpoint): number[] => [steps.get(step)!.id, visit, index];
  const byPlace = (a: number[], b: number[]): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  return places.sort((a, b) => byPlace(rank(a.place), rank(b.place))).flatMap(({ pending }) => pending);
}

function inside(host: Host, child: ChildCheckpoint, prefix: string): readonly Pending[] {
  const instance = (host.instance as Record<string, object>)[child.field];
  return pendingOf(hostOf(instance), child.flow, `${keyOf(prefix, child)}/`);
}

/** As activations have it (B.6). */
function keyOf(prefix: string, { step, visit, index }: PlaceCheckpoint): string {
  return `${prefix}${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
}
