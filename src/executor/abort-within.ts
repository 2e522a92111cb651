import type { Clock, Timer } from '../ports/clock.js';
import type { Activation } from './activation.js';

/** Aborts activations within one grace for all of them; a body that outlasts it is left behind (F.2, F.3). */
export function abortWithin(
  grace: number,
  clock: Clock,
  activations: readonly Activation[],
  decided: 'cancelled' | 'lost',
  reason: unknown,
): Timer | undefined {
  for (const activation of activations) activation.abort(decided, reason);
  const unsettled = activations.filter((activation) => !activation.settled);
  if (unsettled.length === 0) return undefined;
  return clock.after(grace, () => {
    for (const activation of unsettled) activation.abandon();
  });
}
