import { StepTimeoutError } from '../errors/step-timeout-error.js';
import type { Settle } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { toPlain } from '../state/plain.js';
import { CANCELLED, type Activation } from './activation.js';
import { begin } from './advance.js';
import type { Attempt } from './attempt.js';
import { judgeEnd, type Ending } from './conclude.js';
import { failFlow, settleWaiting } from './decide-against.js';
import { letWait } from './each.js';
import { flowOf, type Flow } from './flow.js';
import { invokeFailed } from './invoke.js';
import { own, placeOf } from './mistake.js';
import { schedule, scheduleAgain } from './schedule.js';
import { skipWaiting } from './skip-waiting.js';
import type { WalkScope } from './walk-scope.js';

const CANCELLED_CHILD: Ending = { status: 'cancelled' };

/** The child of a sub-pipeline step begins. */
export function beginChild(run: WalkScope, caller: Activation): void {
  const child = flowOf(caller).children!.get(caller)!;
  begin(child.plan, child.progress);
  run.agenda.addReady(child);
  setDeadline(run, caller, child);
}

/** What is left of the step's `timeout` is the child's (D.3): its end is an outcome like any other. */
export function setDeadline(run: WalkScope, caller: Activation, child: Flow): void {
  const left = (caller.current as Attempt | undefined)?.timeLeft ?? caller.step.timeout?.step;
  if (left === undefined) return;
  const { flow, step, visit, given, base, baseVersion, each, index } = caller;
  const facts = { flow, step, visit, given, base, baseVersion, each, index, deadlineOf: caller };
  child.deadline = schedule(run, facts, (deadline, settle) => {
    deadline.report = settle;
    if (deadline.settled) return;
    const timer = run.clock.after(left, () => {
      deadline.interrupt = undefined;
      deadline.settle({ status: 'done' });
    });
    deadline.interrupt = () => timer.cancel();
  });
}

/** The time of a sub-pipeline step is used up: its child fails, unless it has ended meanwhile. */
export function endDeadline(run: WalkScope, deadline: Activation): void {
  const caller = deadline.deadlineOf!;
  const child = flowOf(caller).children?.get(caller);
  if (deadline.decided !== undefined || child === undefined) return;
  child.deadline = undefined;
  failFlow(run, child, own(new StepTimeoutError(placeOf(caller), 'step', caller.step.timeout!.step!)));
  if (child.quiet) endChild(run, child);
}

/**
 * A child of which nothing moves any more has ended, or waits for answers. Returns whether the flow around it may be
 * quiet now too.
 */
export function endChild(run: WalkScope, child: Flow): boolean {
  const caller = child.caller!;
  const { decided } = caller;
  if (decided === undefined && child.failure === undefined && !child.progress.stopped && child.waits) {
    // Whoever is asked may take his time.
    cancelDeadline(child);
    if (!flowOf(caller).progress.stopped) {
      if (caller.each !== undefined) letWait(run, caller);
      return true;
    }
    child.skipped = child.progress.stopped = true;
    skipWaiting(run, child);
    // What runs inside it ends first.
    if (child.alive > 0) return false;
  }
  flowOf(caller).children!.delete(caller);
  cancelDeadline(child);
  const ending = decided === undefined && !child.skipped ? endingOf(child) : CANCELLED_CHILD;
  settleWaiting(child, ending.status === 'success' ? 'skipped' : 'cancelled');
  if (child.hooks !== undefined) {
    const { hooks } = child;
    scheduleAgain(
      run,
      caller,
      (activation, settle) => {
        activation.report = settle;
        const attempt = activation.current as Attempt;
        attempt.hooks = NEVER_ABORTED;
        void hooks.shutdown(ending).then((errors) => {
          attempt.hooks = undefined;
          run.warn(errors);
          conclude(activation, settle, child, ending);
        });
      },
      true,
    );
  } else if (ending.error !== undefined)
    scheduleAgain(run, caller, (activation, settle) => conclude(activation, settle, child, ending));
  else run.agenda.addEnded(caller, outcomeOf(caller, child, ending));
  return false;
}

/** Shutdown hooks are only bounded by their timeout. */
const NEVER_ABORTED = { abort: (): void => undefined };

function cancelDeadline(child: Flow): void {
  child.deadline?.abort('cancelled', new DOMException('nothing is to be timed any more', 'AbortError'));
  child.deadline = undefined;
}

const endingOf = (child: Flow): Ending =>
  child.failure === undefined ? judgeEnd(child.plan, child.progress) : { status: 'failed', error: child.failure };

/** After the child a step has its output, or has failed: then another attempt, a handler, or the end follows. */
function conclude(caller: Activation, settle: Settle<Activation>, child: Flow, ending: Ending): void {
  if (caller.decided === undefined && ending.error !== undefined) invokeFailed(caller, settle, ending.error);
  else {
    caller.report = settle;
    caller.settle(outcomeOf(caller, child, ending));
  }
}

/** The final state of the child is the output of its step (B.3). */
function outcomeOf(caller: Activation, child: Flow, { status }: Ending): ActivationOutcome {
  const { changes } = caller.outcome ?? {};
  if (caller.decided === undefined && child.skipped) return { status: 'skipped', changes };
  if (caller.decided !== undefined || status !== 'success') return CANCELLED;
  return { status: 'done', output: toPlain(child.store.current, 'output'), changes };
}
