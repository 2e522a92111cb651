import type { Ending } from './conclude.js';
import type { Flow } from './flow.js';
import { RunHooks } from './run-hooks.js';
import type { RunScope } from './run-scope.js';

/** The instances and hooks of the children of a resumed run, the outer ones first. Resolves to what has failed. */
export async function enterChildren(run: RunScope, flow: Flow): Promise<Error | undefined> {
  for (const child of flow.children?.values() ?? []) {
    const failure = await enter(run, child);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function enter(run: RunScope, child: Flow): Promise<Error | undefined> {
  const failure = await run.stayAt(child.host).enter();
  if (failure !== undefined) return failure;
  child.hooks = RunHooks.for(child);
  return (await child.hooks?.startup()) ?? enterChildren(run, child);
}

/** The hooks of children that are still open when a segment ends, the inner ones first. Resolves to what has failed. */
export async function leaveChildren({ children }: Flow, ending: Ending): Promise<readonly Error[]> {
  const errors: Error[] = [];
  for (const child of children?.values() ?? []) {
    errors.push(...(await leaveChildren(child, ending)));
    if (child.hooks) errors.push(...(await child.hooks.shutdown(ending)));
  }
  return errors;
}
