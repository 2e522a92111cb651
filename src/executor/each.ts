import { StepError } from '../errors/step-error.js';
import type { Given } from '../run/given.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Activation } from './activation.js';
import { advance } from './advance.js';
import { closeSource } from './close-source.js';
import { decideAgainst, dropItems, isEnding } from './decide-against.js';
import { tellFailure } from './end-step.js';
import { flowOf, type Flow } from './flow.js';
import { invoke } from './invoke.js';
import { Items } from './items.js';
import { schedule } from './schedule.js';
import { remember, takeBack } from './take-back.js';
import type { WalkScope } from './walk-scope.js';

const STOPPED: ActivationOutcome = Object.freeze({ status: 'done', stop: true });

/** The items of an each begin. */
export function openEach(run: WalkScope, each: Activation): void {
  const flow = flowOf(each);
  const items = new Items(each);
  (flow.eaches ??= new Map()).set(each, items);
  goOn(run, flow, items);
}

/** Starts items until `concurrency` of them are alive; an each whose items have all ended has ended itself. */
function goOn(run: WalkScope, flow: Flow, items: Items): void {
  const { each } = items;
  // After a stop nothing new starts (B.4).
  if (flow.progress.stopped || isEnding(run, flow)) {
    items.closed = true;
    closeSource(run, each, new DOMException('no further item is wanted', 'AbortError'));
  }
  while (!items.closed && items.live < each.step.each!.concurrency) startNext(run, flow, items);
  if (items.over) close(run, flow, items);
}

function startNext(run: WalkScope, flow: Flow, items: Items): void {
  const { each, next: index } = items;
  const { list } = each.source!;
  if (list !== undefined && index >= list.length) {
    items.closed = true;
    return;
  }
  const { step, visit, base, baseVersion } = each;
  const given: Given = { input: each.given.input, inputs: each.given.inputs, item: list?.[index] };
  items.next++;
  items.live++;
  schedule(run, { flow, step, visit, given, base, baseVersion, each, index }, invoke);
}

/** The child of an item waits for an answer: another item has its turn. */
export function letWait(run: WalkScope, item: Activation): void {
  const flow = flowOf(item);
  const items = flow.eaches?.get(item.each!);
  if (items === undefined || items.waiting.has(item)) return;
  items.waiting.add(item);
  items.live--;
  goOn(run, flow, items);
}

/** After a stop the items that wait for an answer are skipped; what they have changed counts. */
export function skipItems(run: WalkScope, flow: Flow, items: Items): void {
  const { each, suspended } = items;
  if (each.decided !== undefined) return;
  for (const item of suspended.splice(0)) {
    flow.count(each.step.id, 'suspended', -1);
    flow.count(each.step.id, 'skipped');
    run.teller.step('step-skip', item, {});
  }
  goOn(run, flow, items);
}

/** One outcome of an item, completely. */
export function endItem(run: WalkScope, item: Activation, outcome: ActivationOutcome): void {
  const flow = flowOf(item);
  const each = item.each!;
  const items = flow.eaches?.get(each);
  item.close();
  if (items !== undefined) release(items, item);
  // One that is left out is so with what it has streamed, which is said before its end (D.4).
  if (isLeftOut(item, outcome)) takeBack(item, 'failed');
  remember(item);
  if (item.decided !== undefined) dropItem(run, flow, item, outcome);
  else if (outcome.status === 'exhausted') endSource(run, flow, items!, outcome);
  else if (outcome.error !== undefined) failItem(run, flow, items!, item, outcome);
  else if (!conflicts(run, flow, items!, item, outcome)) takeItem(run, flow, items!, item, outcome);
  if (items === undefined || !flow.eaches!.has(each)) return;
  if (each.decided === undefined) goOn(run, flow, items);
  else if (items.live === 0) finish(run, flow, items, { status: 'cancelled' });
}

const isLeftOut = ({ decided, step }: Activation, { error, fatal, status }: ActivationOutcome): boolean =>
  decided === undefined && error !== undefined && !fatal && status !== 'exhausted' && step.each!.onItemError === 'skip';

/** A lazy source has no further item, or has failed: then there is no telling what is missing. */
function endSource(run: WalkScope, flow: Flow, items: Items, { error }: ActivationOutcome): void {
  items.closed = true;
  items.missing++;
  if (error !== undefined) giveUp(run, flow, items, error, undefined);
}

function release(items: Items, item: Activation): void {
  if (!items.waiting.delete(item)) items.live--;
}

/** An item that was decided against; one that never began leaves no trace. */
function dropItem(run: WalkScope, flow: Flow, item: Activation, { status }: ActivationOutcome): void {
  if (!item.begun) return;
  const why = status === 'abandoned' || item.leftBehind ? 'abandoned' : item.decided!;
  flow.count(item.step.id, why);
  run.teller.step('step-cancel', item, { why });
}

function failItem(run: WalkScope, flow: Flow, items: Items, item: Activation, outcome: ActivationOutcome): void {
  const error = outcome.error!;
  const { onItemError } = item.step.each!;
  flow.count(item.step.id, outcome.status === 'abandoned' ? 'abandoned' : 'failed');
  if (onItemError === 'skip' && !outcome.fatal) items.leaveOut(item.index!);
  tellFailure(run, item, error);
  if (onItemError === 'fail' || outcome.fatal) return giveUp(run, flow, items, error, outcome.fatal);
  items.failures.push({ index: item.index!, error });
}

/** The first failure is that of the each: the other items are aborted. */
function giveUp(run: WalkScope, flow: Flow, items: Items, error: Error, fatal: boolean | undefined): void {
  const { each } = items;
  const reason = new DOMException('the each has failed', 'AbortError');
  finish(run, flow, items, { status: 'failed', error, fatal }, reason);
  dropItems(run, items, 'cancelled');
  decideAgainst(run, flow, { of: (activation) => activation.each === each, decided: 'cancelled', reason });
}

/** Two items that have changed the same are the failure of the run (A.4, A.5). */
function conflicts(
  run: WalkScope,
  flow: Flow,
  items: Items,
  item: Activation,
  { changes }: ActivationOutcome,
): boolean {
  const conflict = changes && items.findConflict(item.index!, changes);
  if (conflict === undefined) return false;
  flow.count(item.step.id, 'failed');
  tellFailure(run, item, conflict);
  giveUp(run, flow, items, conflict, true);
  return true;
}

function takeItem(run: WalkScope, flow: Flow, items: Items, item: Activation, outcome: ActivationOutcome): void {
  const { status, changes, output, suspension } = outcome;
  const index = item.index!;
  const skipped = status === 'skipped' || (status === 'suspended' && flow.progress.stopped);
  flow.count(item.step.id, skipped ? 'skipped' : (status as 'done'));
  if (skipped || status === 'suspended' || outcome.stop) items.add(index, changes);
  else items.add(index, changes, { output });
  if (skipped) run.teller.step('step-skip', item, {});
  else if (status === 'suspended') {
    item.suspension = suspension;
    items.suspended.push(item);
    run.teller.step('step-suspend', item, { ...suspension! });
  } else run.teller.stepEnd(item, status as 'done', output);
  if (outcome.stop) advance(flow.plan, flow.progress, item.step, STOPPED);
}

/** All items have ended. */
function close(run: WalkScope, flow: Flow, items: Items): void {
  const { failures, each } = items;
  if (failures.length === 0 || each.step.each!.onItemError === 'skip')
    return finish(run, flow, items, { status: 'done', output: items.output, changesByItem: items.changesByItem });
  const errors = [...failures].sort((a, b) => a.index - b.index).map(({ error }) => error);
  const error = new StepError(
    { pipeline: each.pipeline, step: each.name, attempt: 1 },
    {
      code: 'ITEMS_FAILED',
      what: `${errors.length} of its ${items.next - items.missing} items ${errors.length === 1 ? 'has' : 'have'} failed: ${errors[0].message}`,
      remedy: 'See `cause.errors`, in the order of the items.',
      cause: new AggregateError(errors, `${errors.length} items of "${each.name}" have failed`),
    },
  );
  finish(run, flow, items, { status: 'failed', error });
}

function finish(run: WalkScope, flow: Flow, { each }: Items, outcome: ActivationOutcome, reason?: unknown): void {
  flow.eaches!.delete(each);
  closeSource(run, each, reason);
  run.agenda.addEnded(each, outcome);
}
