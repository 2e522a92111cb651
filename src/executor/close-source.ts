import type { Settle } from '../ports/engine.js';
import { DONE } from '../run/outcome.js';
import { Activation, type ActivationFacts } from './activation.js';
import { LazySource } from './item-source.js';
import { scheduleAgain } from './schedule.js';
import type { WalkScope } from './walk-scope.js';

/** Closes the source of an each that wants no further item. The run doesn't end before that is done, or the grace over (F.1). */
export function closeSource(run: WalkScope, each: Activation, reason: unknown): void {
  const { flow, step, visit, given, base, baseVersion, source } = each;
  const closing = source instanceof LazySource ? source.close(reason) : undefined;
  if (closing === undefined) return;
  const facts: ActivationFacts = { flow, step, visit, given, base, baseVersion, deadlineOf: each };
  // It closes already, so it is waited for whatever is decided.
  scheduleAgain(run, new Activation(facts), (closer, settle) => awaitClosed(run, closer, settle, closing), true);
}

/** No longer than the grace. */
function awaitClosed(run: WalkScope, closer: Activation, settle: Settle<Activation>, closing: Promise<void>): void {
  closer.report = settle;
  if (closer.settled) return;
  const timer = run.clock.after(run.root.plan.cancelGrace, () => {
    run.noteAbandoned(closer.key);
    closer.settle(DONE);
  });
  closer.onSettled = () => timer.cancel();
  void closing.then(() => closer.settle(DONE));
}
