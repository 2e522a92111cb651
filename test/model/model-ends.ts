import type { ModelError, ModelFlow, ModelUnit, ModelVisit } from './model-flow.js';

/** The visit no longer counts; what runs of it is told to end, and what waits is over at once. */
export function decideAgainst(visit: ModelVisit, why: 'lost' | 'cancelled'): void {
  if (visit.status !== undefined || visit.against) return;
  visit.against = why;
  for (const unit of visit.units) dropUnit(unit, why);
  closeAgainst(visit);
}

/** Whether all calls of a visit are over. */
export const isDone = ({ units }: ModelVisit): boolean => units.every(({ phase }) => phase === 'over');

/** A visit that was decided against is over when nothing of it runs. */
export function closeAgainst(visit: ModelVisit): void {
  if (!isDone(visit)) return;
  const abandoned = visit.units.some(({ result }) => result?.status === 'abandoned');
  visit.status = abandoned ? 'abandoned' : visit.against;
}

export function dropUnit(unit: ModelUnit, why: 'lost' | 'cancelled'): void {
  if (unit.phase === 'over' || unit.against) return;
  unit.against = why;
  if (unit.child && unit.phase === 'child') {
    abort(unit.child);
    if (!unit.child.isOver) return;
    unit.child.closed = true;
  }
  if (unit.phase === 'running') return;
  unit.phase = 'over';
  unit.result = { status: why };
}

/** Nothing of a pipeline goes on. */
export function abort(flow: ModelFlow): void {
  flow.aborted = true;
  flow.clear();
  for (const visit of flow.visits) decideAgainst(visit, 'cancelled');
}

/** The pipeline has failed: nothing starts any more, what is alive is cancelled. */
export function failFlow(flow: ModelFlow, error: ModelError, fatal: boolean): void {
  if (flow.failure) return;
  // A mistake in a child is told once, and fails everything around it.
  if (!flow.errors.includes(error)) flow.errors.push(error);
  flow.failure = { error, fatal };
  abort(flow);
}
