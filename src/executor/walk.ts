import { NOTHING_READY } from '../run/create-progress.js';
import { Activation, CANCELLED } from './activation.js';
import { begin, takeReady, type Start } from './advance.js';
import type { Due, Ended } from './agenda.js';
import { isEnding } from './decide-against.js';
import { endItem, openEach } from './each.js';
import { beginChild, endChild, endDeadline } from './end-child.js';
import { endStep } from './end-step.js';
import { flowOf, type Flow } from './flow.js';
import { inPlaceOrder } from './in-place-order.js';
import { invoke } from './invoke.js';
import { judgeRun } from './judge-run.js';
import type { Resumption } from './resumption.js';
import { discharge, enlist } from './schedule.js';
import { skipWaiting } from './skip-waiting.js';
import { sorted } from './sorted.js';
import type { WalkScope } from './walk-scope.js';

/**
 * Walks a run to its end: takes the engine's reports one by one and starts what becomes ready. Everything is decided
 * here, in the order of the reports, and nothing is ever started from a settling promise; so replay, resume and another
 * engine see the same. Never rejects: an engine that fails is the failure of the run.
 *
 * A resumed run begins with what its answers end, instead of at the beginning.
 */
export function walk(run: WalkScope, resumption?: Resumption): Promise<void> {
  const { root, engine, live } = run;
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      // Nothing can be reported any more, so what is alive is aborted and left.
      run.fail(error as Error);
      resolve();
    };
    const goOn = (process: () => void): void => {
      try {
        process();
        if (live.count === 0 && !run.ending) endWalk(run);
        if (live.count > 0) engine.next(take, fail);
        else resolve();
      } catch (error) {
        fail(error);
      }
    };
    const take = (report: readonly Activation[]): void => goOn(() => processReport(run, report));
    goOn(() => {
      if (resumption === undefined) begin(root.plan, root.progress);
      else takeReport(run, resumption.begin(run));
      run.agenda.addReady(root);
      startDue(run);
    });
  });
}

/** In the moment in which nothing moves any more: whoever cancels later comes too late. What can't be kept waiting ends too. */
function endWalk(run: WalkScope): void {
  run.end(judgeRun(run));
  endWhatFollows(run);
  startDue(run);
}

/** One report, completely, and then the starts that follow from it. */
function processReport(run: WalkScope, report: readonly Activation[]): void {
  takeReport(run, report);
  startDue(run);
}

function takeReport(run: WalkScope, report: readonly Activation[]): void {
  for (const activation of sorted(report, inPlaceOrder)) {
    discharge(run, activation);
    activation.handingOn = false;
    processEnded(run, activation, activation.outcome!);
  }
}

/** One outcome, and whatever ends by it at once: the each of an item, the step around a child (C.1). */
function processEnded(run: WalkScope, activation: Activation, outcome: Ended['outcome']): void {
  takeOutcome(run, activation, outcome);
  endWhatFollows(run);
}

function endWhatFollows(run: WalkScope): void {
  const { agenda } = run;
  for (;;) {
    const ended = agenda.nextEnded();
    const idle = ended === undefined ? agenda.nextIdle() : undefined;
    if (ended !== undefined) {
      flowOf(ended.activation).letGo();
      takeOutcome(run, ended.activation, ended.outcome);
    } else if (idle !== undefined) endQuiet(run, idle);
    else return;
  }
}

function takeOutcome(run: WalkScope, activation: Activation, outcome: Ended['outcome']): void {
  const { status } = outcome;
  if (activation.deadlineOf !== undefined) endDeadline(run, activation);
  else if (status === 'opened' && activation.decided === undefined) openEach(run, activation);
  else if (status === 'called' && activation.decided === undefined) beginChild(run, activation);
  else if (status === 'called') endChild(run, flowOf(activation).children!.get(activation)!);
  else if (activation.each !== undefined) endItem(run, activation, outcome);
  else endStep(run, activation, outcome);
  const flow = flowOf(activation);
  if (outcome.stop === true && flow.progress.stopped) stopFlow(run, flow);
  if (flow.caller !== undefined) endQuiet(run, flow);
}

/** What was ready, and what waits for an answer, has no more to come: a child may have ended by it. */
function stopFlow(run: WalkScope, flow: Flow): void {
  flow.progress.ready = NOTHING_READY;
  run.agenda.dropReady(flow);
  skipWaiting(run, flow);
}

/** Ends a child of which nothing moves any more, and those around it that are quiet by it. */
function endQuiet(run: WalkScope, flow: Flow): void {
  let inner: Flow | undefined = flow;
  while (inner?.caller !== undefined && inner.quiet && isOpen(inner) && endChild(run, inner)) inner = inner.outer;
}

/** Whether its step still runs it. */
const isOpen = (flow: Flow): boolean => flow.outer!.children?.get(flow.caller!) === flow;

/** Starts everything that has become ready: steps in plan order, then items and what comes after a child (C.1). */
function startDue(run: WalkScope): void {
  const { agenda } = run;
  while (agenda.hasStarts) {
    for (const flow of agenda.takeReady()) {
      startReady(run, flow);
      flow.letGo();
      if (flow.caller !== undefined) endQuiet(run, flow);
    }
    for (const due of agenda.takeDue()) {
      if (mayStart(due)) run.engine.step(due.activation, due.body);
      else neverStart(run, due.activation);
    }
    endWhatFollows(run);
  }
  run.teller.passMoment();
}

/** Not what the same report has decided against, nor an item after a stop (B.4); but what has begun is tidied up. */
function mayStart({ activation, tidies }: Due): boolean {
  if (tidies) return true;
  const isNewItem = activation.each !== undefined && !activation.begun;
  return activation.decided === undefined && !(isNewItem && flowOf(activation).progress.stopped);
}

function startReady(run: WalkScope, flow: Flow): void {
  if (isEnding(run, flow)) return;
  for (const ready of takeReady(flow.plan, flow.progress)) {
    // Asked each time: the body that was just started may have cancelled the run.
    if (isEnding(run, flow)) return;
    start(run, flow, ready);
  }
}

function start(run: WalkScope, flow: Flow, { id, visit, given }: Start): void {
  const { store } = flow;
  store.publish();
  const facts = { flow, step: flow.plan.steps[id], visit, given, base: store.current, baseVersion: store.version };
  const activation = new Activation(facts);
  flow.alive++;
  enlist(run, activation);
  run.engine.step(activation, invoke);
}

/** What was decided against before it was started: an item, a deadline, what comes after a child. */
function neverStart(run: WalkScope, activation: Activation): void {
  discharge(run, activation);
  activation.decided ??= 'cancelled';
  takeOutcome(run, activation, CANCELLED);
}
