import type { Compiled } from '../plan/compile.js';
import type { PlanHook } from '../plan/plan.js';
import type { HookCall } from './run-hook.js';

/** What the call of a hook takes from its class: who it is, how long it may take, and its method. */
export function hookOf(
  { plan, blueprint }: Compiled,
  instance: object,
  hook: PlanHook,
  phase: 'startup' | 'shutdown',
): Pick<HookCall, 'pipeline' | 'name' | 'per' | 'phase' | 'timeout' | 'grace' | 'body'> {
  const place = plan[phase].indexOf(hook);
  // The plan has shutdown hooks in the order in which they run, which is the reverse of the declaration.
  const said =
    phase === 'startup' ? blueprint.startup[place] : blueprint.shutdown[blueprint.shutdown.length - 1 - place];
  // Through the record, for a `#private` hook can't be read by its name.
  const method = said.read(instance) as (context: object) => unknown;
  return {
    pipeline: plan.pipeline,
    name: hook.name,
    per: hook.per,
    phase,
    timeout: plan.hookTimeout,
    grace: plan.cancelGrace,
    body: (context) => method.call(instance, context),
  };
}
