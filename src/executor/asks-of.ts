import type { AnyPipeline } from '../../decorators/context.js';
import type { Ask } from '../run/suspension.js';
import type { Flow } from './flow.js';
import { inPlaceOrder } from './in-place-order.js';
import { suspendedIn } from './suspended-in.js';

/** What a suspended run waits for, in plan order. */
export function asksOf(root: Flow): readonly Ask<AnyPipeline>[] {
  const waiting = suspendedIn(root).sort(inPlaceOrder);
  return Object.freeze(
    waiting.map(({ name: step, key, path, suspension }) => {
      const { ask, expiresAt } = suspension!;
      return Object.freeze({ step, key, path, ask, ...(expiresAt !== undefined && { expiresAt }) });
    }),
  );
}
