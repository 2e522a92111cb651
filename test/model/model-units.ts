import { handle, isPerItem, withoutHandler, settle, type Place, type Settled } from './model-behaviour.js';
import { advance, enter } from './model-advance.js';
import { ModelFlow, type ModelUnit, type Result } from './model-flow.js';
import type { ModelGraph, ModelState, Write } from './model-graph.js';
import { closeEach, commit, endUnit, endVisit, failByConflict, skipAsleep } from './model-outcomes.js';
import { isAsleep } from './model-sleep.js';
import type { ModelPaths } from './model-paths.js';

export const placeOf = ({ visit, key, index }: ModelUnit): Place => ({
  graph: visit.flow.graph,
  step: visit.step,
  key,
  visit: visit.number,
  ...(index !== undefined && { index }),
});

/** C.8: a pipeline begins. */
export function beginFlow(graph: ModelGraph, state: ModelState, caller?: ModelUnit, paths?: ModelPaths): ModelFlow {
  const flow = new ModelFlow(graph, state, caller, paths);
  for (const name of flow.paths.beginnings) enter(flow, { name, input: undefined });
  advance(flow);
  return flow;
}

/** How a call settles if nobody decides against it. */
export function settledBy(unit: ModelUnit): Settled {
  const { step, failing } = unit.visit;
  const { attempts = 1 } = step;
  if (unit.fatal) return { status: 'failed', writes: [], attempt: unit.attempt };
  // D.3: an each's own handler is for its items; of a join that fails without any the catch-all is told.
  if (failing && isPerItem(step)) return handle({ ...placeOf(unit), step: withoutHandler(step) }, 1);
  if (failing || unit.mode === 'handler') return handle(placeOf(unit), failing ? 1 : attempts);
  return settle(placeOf(unit), unit.attempt);
}

/** A call in flight has settled, and its outcome is processed. */
export function takeUnit(unit: ModelUnit, abandoned: boolean): void {
  if (unit.against) endUnit(unit, { status: abandoned ? 'abandoned' : unit.against });
  else if (unit.fatal) endUnit(unit, { status: 'failed', fatal: true, error: unit.fatal });
  else if (isOpener(unit)) open(unit);
  else {
    const { status, attempt, handled: _, ...rest } = settledBy(unit);
    unit.attempt = attempt;
    if (status === 'called') call(unit, rest.writes);
    else if (status === 'suspended') suspend(unit, rest.writes);
    else endUnit(unit, { status, ...rest, ...(status === 'failed' && aggregateOf(unit)) });
  }
  closeCallers(unit.visit.flow);
}

/** An each begins by itself, and then its items do. */
export const isOpener = ({ visit, index }: ModelUnit): boolean => visit.perItem && index === undefined;

function open(unit: ModelUnit): void {
  const { visit } = unit;
  unit.phase = 'over';
  if (!Array.isArray(visit.input)) return endVisit(visit, { status: 'failed' });
  visit.items = visit.input as unknown[];
  closeEach(visit);
}

/** C.5: an any-join that has failed does so by all that it had survived. */
function aggregateOf({ visit: { failing, flow, step } }: ModelUnit): Pick<Result, 'error'> {
  return failing ? { error: { step: step.name, of: flow.survived.get(step.name)! } } : {};
}

/** B.3 */
function call(unit: ModelUnit, writes: readonly Write[]): void {
  const { flow, step } = unit.visit;
  const graph = flow.graph.children![step.child!];
  unit.phase = 'child';
  unit.writes = writes;
  unit.child = beginFlow(graph, { ...graph.state, caller: unit.key }, unit);
}

/** H.1: a suspension ends its call; after a stop nobody could answer any more. */
function suspend(unit: ModelUnit, writes: readonly Write[]): void {
  if (unit.visit.flow.stopped) return endUnit(unit, { status: 'skipped', writes });
  unit.result = { status: 'suspended', writes };
  unit.phase = 'suspended';
  if (!unit.visit.perItem) return void commit(unit.visit, [writes]);
  if (failByConflict(unit)) unit.phase = 'over';
}

/** H.2: the answer is the output. */
export function answer(unit: ModelUnit, output: unknown): void {
  const writes = unit.visit.perItem ? unit.result!.writes : [];
  endUnit(unit, { status: 'done', output, writes });
  closeCallers(unit.visit.flow);
}

/** A child's end is processed at once after the outcome that ended it, and so is that of its parent. */
export function closeCallers(flow: ModelFlow): void {
  const { caller } = flow;
  if (flow.closed || !caller) return;
  if (flow.isOver) {
    flow.closed = true;
    endChild(caller, flow);
  } else if (caller.visit.flow.stopped && isAsleep(caller)) skipAsleep(caller);
  closeCallers(caller.visit.flow);
}

function endChild(unit: ModelUnit, child: ModelFlow): void {
  if (unit.against) return endUnit(unit, { status: unit.against });
  if (!child.failure) {
    const output = child.versions.copy(child.versions.last);
    return endUnit(unit, { status: 'done', output, writes: unit.writes! });
  }
  // The step is called again: for its next attempt, or to come to its handlers.
  const { attempts = 1 } = unit.visit.step;
  unit.phase = 'waiting';
  if (child.failure.fatal) unit.fatal = child.failure.error;
  else if (unit.attempt < attempts) unit.attempt++;
  else unit.mode = 'handler';
}
