import type { Clock } from '../ports/clock.js';
import type { Activation } from './activation.js';

/**
 * Aborts activations within one grace for all of them; a body that outlasts it is left behind (F.2, F.3). All are
 * decided against before the first is aborted: what one lets go of must not start another.
 */
export function abortWithin(
  grace: number,
  clock: Clock,
  activations: readonly Activation[],
  decided: 'cancelled' | 'lost',
  reason: unknown,
): void {
  const doomed = activations.filter((activation) => activation.decided === undefined);
  for (const activation of doomed) activation.decided = decided;
  for (const activation of doomed) activation.abort(decided, reason);
  let unsettled = doomed.filter((activation) => !activation.settled).length;
  if (unsettled === 0) return;
  const timer = clock.after(grace, () => {
    for (const activation of doomed) activation.abandon();
  });
  for (const activation of doomed) activation.onEnd = () => --unsettled === 0 && timer.cancel();
}
