import type { HookDecorator } from './on-startup.js';
import type { HookOptions } from './options.js';
import { record } from './record.js';

/**
 * Runs a method, private or not, when the last active run of the instance has ended, or with `{ per: 'run' }` at the end
 * of every run, whatever its outcome; the hooks run in reverse, and one that fails is a warning in the result.
 *
 * ```ts
 * @OnShutdown({ per: 'run' })
 * async save({ runId, outcome }: RunContext<Conversation>) { await this.log.write(runId, outcome?.text); }
 * ```
 */
export function OnShutdown<const Per extends 'instance' | 'run' = 'instance'>(
  options?: HookOptions<Per>,
): HookDecorator<Per> {
  return (target, nameOrContext, descriptor) => record('OnShutdown', options, target, nameOrContext, descriptor);
}
