import type { CheckHook } from './check-hook.js';
import type { Target } from './check-target.js';
import type { HookOptions } from './options.js';
import { record } from './record.js';

/** What `@OnStartup(…)` and `@OnShutdown(…)` apply: refuses, as a type error, a parameter that a hook doesn't get. */
export interface HookDecorator<Per extends 'instance' | 'run'> {
  <A, B, C>(target: A, nameOrContext: B & CheckHook<Target<A, B, C>, Per>, descriptor?: C): void;
}

/**
 * Runs a method, private or not, before the first active run of an idle instance, or with `{ per: 'run' }` before every run;
 * the hooks of a base class come first, and a hook that fails fails the runs that wait for it.
 *
 * ```ts
 * @OnStartup()
 * async connect({ signal }: HookContext) { this.index = await Index.open({ signal }); }
 * ```
 */
export function OnStartup<const Per extends 'instance' | 'run' = 'instance'>(
  options?: HookOptions<Per>,
): HookDecorator<Per> {
  return (target, nameOrContext, descriptor) => record('OnStartup', options, target, nameOrContext, descriptor);
}
