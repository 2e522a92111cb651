import { advance, arrive, survive, survivorOf } from './model-advance.js';
import { abort, closeAgainst, dropUnit, failFlow, isDone } from './model-ends.js';
import { hasMore, isAsleep, itemsOf } from './model-sleep.js';
import type { ModelFlow, ModelUnit, ModelVisit, Result } from './model-flow.js';

/** C.1: one outcome of a visit, completely: commit, advance, losers, failure. */
export function endVisit(visit: ModelVisit, result: Result, bodies = [result.writes ?? []]): void {
  const { flow, step } = visit;
  if (result.status === 'failed') return failVisit(visit, result);
  if (!commit(visit, bodies)) return;
  visit.status = result.status;
  if ('output' in result) flow.outputs.set(step.name, result.output);
  if (result.stop) return stopFlow(flow);
  if (flow.isEnded) return;
  for (const to of leadsTo(result, visit)) arrive(flow, step.name, to, valueFor(result, visit));
  advance(flow);
}

/** A.2, A.4: whether it could be committed; a conflict fails the pipeline. */
export function commit(visit: ModelVisit, bodies: NonNullable<Parameters<typeof endVisit>[2]>): boolean {
  const { flow, step } = visit;
  const others = flow.versions.commit(step.name, visit.base, bodies);
  if (others.length === 0) return true;
  failVisit(visit, { status: 'failed', fatal: true, error: { step: step.name, others } });
  return false;
}

/** B.4: a goto replaces `to`, and the cases of a switch; who has skipped leads nowhere. */
function leadsTo({ status, goto, output }: Result, { step }: ModelVisit): readonly string[] {
  if (status === 'skipped') return [];
  if (goto) return [goto.target];
  if (step.kind !== 'switch') return step.to;
  const { cases = {}, otherwise } = step;
  const target = Object.hasOwn(cases, output as string) ? cases[output as string] : otherwise;
  return target === null || target === undefined ? [] : [target];
}

/** B.2: a case gets the switch's own input. */
const valueFor = ({ goto, output }: Result, { step, input }: ModelVisit): unknown =>
  goto ? goto.input : step.kind === 'switch' ? input : output;

function failVisit(visit: ModelVisit, { fatal = false, error = { step: visit.step.name } }: Result): void {
  const { flow } = visit;
  const { name } = visit.step;
  const survivor = fatal ? undefined : survivorOf(flow, name);
  visit.status = 'failed';
  for (const unit of visit.units) dropUnit(unit, 'cancelled');
  if (survivor === undefined) return failFlow(flow, error, fatal);
  flow.errors.push(error);
  survive(flow, name, survivor);
}

/** B.4: what is alive ends by itself, nothing new starts; what waits for an answer has skipped. */
function stopFlow(flow: ModelFlow): void {
  if (flow.stopped) return;
  flow.stopped = true;
  flow.clear();
  for (const visit of flow.live()) {
    for (const unit of visit.units) if (!unit.against && isAsleep(unit)) skipAsleep(unit);
    if (visit.perItem && visit.status === undefined) closeEach(visit);
  }
}

/** Nobody could answer any more. */
export function skipAsleep(unit: ModelUnit): void {
  if (unit.child) {
    abort(unit.child);
    unit.child.closed = true;
  }
  // What an item has changed, or a body around a child, waits until now; a step's own suspension has committed.
  const writes = unit.child ? unit.writes : unit.visit.perItem ? unit.result!.writes : [];
  endUnit(unit, { status: 'skipped', writes: writes! });
}

/** One call of a body is over, with all that belongs to it. */
export function endUnit(unit: ModelUnit, result: Result): void {
  unit.phase = 'over';
  unit.result = result;
  const { visit } = unit;
  if (visit.perItem) return endItem(unit, result);
  if (visit.against) visit.status = result.status;
  else endVisit(visit, result);
}

/** One item of an each is over; what it changed waits for the end of the each (A.5). */
function endItem(unit: ModelUnit, result: Result): void {
  const { visit, against } = unit;
  const { flow, step } = visit;
  if (!against && visit.status === undefined) {
    if (result.status !== 'failed') {
      if (!failByConflict(unit) && result.stop) stopFlow(flow);
    } else if (result.fatal || !step.onItemError || step.onItemError === 'fail') failEach(visit, result);
    else flow.errors.push({ step: step.name });
  }
  closeEach(visit);
}

/** A.5: two items that can't both be kept fail their each, as soon as the second has ended, be it by a suspension. */
export function failByConflict(unit: ModelUnit): boolean {
  const { visit, index } = unit;
  const { base, flow, step } = visit;
  const writes = unit.result!.writes ?? [];
  const others = committing(itemsOf(visit)).filter(
    (other) => other !== unit && flow.versions.conflict(base, other.result!.writes ?? [], writes),
  );
  if (others.length === 0) return false;
  unit.result = { status: 'failed' };
  unit.phase = 'over';
  const error = { step: `${step.name}[${index}]`, others: others.map((other) => `${step.name}[${other.index}]`) };
  failEach(visit, { status: 'failed', fatal: true, error });
  return true;
}

/** A.2 */
const committing = (units: readonly ModelUnit[]): ModelUnit[] =>
  units.filter(({ result }) => result && ['done', 'recovered', 'skipped', 'suspended'].includes(result.status));

/** The first failure cancels the other items, and is at once that of the each: only the end of the pipeline waits for them. */
function failEach(visit: ModelVisit, failure: Result): void {
  for (const unit of visit.units) dropUnit(unit, 'cancelled');
  endVisit(visit, failure);
}

/** An each ends when all its items have, at once after the last. */
export function closeEach(visit: ModelVisit): void {
  const { step, status, against } = visit;
  if (status !== undefined || !isDone(visit)) return;
  if (against) return closeAgainst(visit);
  if (hasMore(visit)) return;
  const inOrder = itemsOf(visit);
  const failed = inOrder.filter(({ result }) => result!.status === 'failed');
  if (failed.length > 0 && step.onItemError === 'collect') {
    return endVisit(visit, { status: 'failed', error: { step: step.name, of: failed.map(() => step.name) } });
  }
  const output = inOrder.flatMap(({ result }) => ('output' in result! ? [result.output] : []));
  endVisit(
    visit,
    { status: 'done', output },
    committing(inOrder).map(({ result }) => result!.writes ?? []),
  );
}
