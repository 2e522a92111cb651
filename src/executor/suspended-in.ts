import type { Activation } from './activation.js';
import type { Flow } from './flow.js';

/** Everything in a flow, and in the children that it runs, that waits for an answer. */
export function suspendedIn({ suspended, eaches, children }: Flow): Activation[] {
  return [
    ...(suspended ?? []),
    ...[...(eaches?.values() ?? [])].flatMap((items) => items.suspended),
    ...[...(children?.values() ?? [])].flatMap(suspendedIn),
  ];
}
