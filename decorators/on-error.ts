import type { CheckError } from './check-hook.js';
import type { Target } from './check-target.js';
import { record } from './record.js';

/** What `@OnError()` applies: refuses, as a type error, a parameter that a handler doesn't get. */
export interface ErrorDecorator {
  <A, B, C>(target: A, nameOrContext: B & CheckError<Target<A, B, C>>, descriptor?: C): void;
}

/**
 * Makes a method a handler of failed steps. Named by a step (`onError: 'noHits'`, so it is public) it stands in for that
 * step: what it returns is the step's output. The one handler that no step names, private or not, sees all other
 * failures: it recovers by returning `skip()`, `stop()` or a `goto()` that the failed step declares; returning nothing lets
 * the error go on.
 *
 * ```ts
 * @OnError()
 * noHits({ error }: Failure<this>): Hit[] { return []; }
 * ```
 */
export function OnError(): ErrorDecorator {
  return (target, nameOrContext, descriptor) => record('OnError', undefined, target, nameOrContext, descriptor);
}
