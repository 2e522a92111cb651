import { recordVisit } from './advance.js';
import { skipItems } from './each.js';
import type { Flow } from './flow.js';
import type { WalkScope } from './walk-scope.js';

/**
 * After a stop nobody is asked any more: what waits for an answer is skipped, and the eaches of such items end (B.4, C.7).
 * A child that only waits ends too.
 */
export function skipWaiting(run: WalkScope, flow: Flow): void {
  const { suspended = [], progress } = flow;
  flow.suspended = undefined;
  for (const activation of suspended) {
    recordVisit(progress, activation.step.id, activation.visit, 'skipped');
    run.teller.step('step-skip', activation, {});
  }
  for (const items of [...(flow.eaches?.values() ?? [])]) skipItems(run, flow, items);
  for (const child of flow.children?.values() ?? []) if (child.quiet && child.waits) run.agenda.addIdle(child);
}
