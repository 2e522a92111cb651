import { DONE } from '../run/outcome.js';
import type { Activation } from './activation.js';
import { LazySource } from './item-source.js';
import { schedule } from './schedule.js';
import type { WalkScope } from './walk-scope.js';

/** Closes the source of an each that wants no further item. The run doesn't end before that is done, or the grace over (F.1). */
export function closeSource(run: WalkScope, each: Activation, reason: unknown): void {
  const { flow, step, visit, given, base, baseVersion, source } = each;
  const closing = source instanceof LazySource ? source.close(reason) : undefined;
  if (closing === undefined) return;
  const facts = { flow, step, visit, given, base, baseVersion, deadlineOf: each };
  const closer = schedule(run, facts, (activation, settle) => {
    activation.report = settle;
    if (activation.settled) return;
    const timer = run.clock.after(run.root.plan.cancelGrace, () => {
      run.noteAbandoned(each.key);
      activation.settle(DONE);
    });
    activation.onSettled = () => timer.cancel();
    void closing.then(() => activation.settle(DONE));
  });
  // It closes already, whatever is decided before it is waited for.
  closer.begun = true;
}
