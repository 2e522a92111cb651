import type { Activation } from '../../executor/activation.js';
import { Flow, flowOf } from '../../executor/flow.js';
import { hostOf } from '../../executor/host-of.js';
import { RunHooks } from '../../executor/run-hooks.js';
import { copyPlain } from '../../state/plain.js';
import { StateStore } from '../../state/state-store.js';
import type { StoredChild } from './envelope.js';

/**
 * Makes the child of a sub-pipeline step whose `call()` was recorded. Its instance and its hooks belong to the process,
 * so they start here too; what its hooks make of its state was recorded with it. Rejects with what has failed.
 */
export async function restoreChild(caller: Activation, { field, state }: StoredChild): Promise<void> {
  const flow = flowOf(caller);
  const { run } = caller;
  const host = hostOf((flow.instance as Record<string, object>)[field]);
  const child = new Flow(run, host, copyOf(state), caller, field);
  (flow.children ??= new Map()).set(caller, child);
  const failure = await run.stayAt(host).enter();
  if (failure !== undefined) throw failure;
  const { compiled, instance, prefix, meter } = child;
  const scratch = new StateStore(copyOf(state), child.plan.merge);
  const hooks = RunHooks.for({
    ...{ compiled, instance, prefix, meter, run },
    // They begin with a state that nobody keeps, and end with its real one.
    get store() {
      return child.hooks === undefined ? scratch : child.store;
    },
  });
  const error = await hooks?.startup();
  child.hooks = hooks;
  if (error !== undefined) throw error;
}

const copyOf = (state: object): object => copyPlain(state, [], false) as object;
