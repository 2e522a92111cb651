import type { ModelProgress } from './model-progress.js';

/** Looks at every step again: what can start, what can't any more, and who has lost by that. */
export function advance(progress: ModelProgress): void {
  const { order, step } = progress.paths;
  const decidedNow: string[] = [];
  for (const name of order) {
    const waits = !progress.started.has(name) && !progress.ready.has(name) && !progress.dead.has(name);
    if (!waits) continue;
    if (step(name).join === 'any') {
      if (decideAny(progress, name)) decidedNow.push(name);
    } else decideAll(progress, name);
  }
  for (const name of decidedNow) dropLosers(progress, name);
}

/** C.4: a step runs when all its edges are closed and one has arrived. */
function decideAll(progress: ModelProgress, name: string): void {
  const parents = progress.paths.parents(name);
  if (parents.some((parent) => progress.isOpen(parent))) return;
  if (parents.some((parent) => progress.endedWell(parent))) progress.ready.add(name);
  else progress.die(name);
}

/** C.5: the first success; without any it fails if it has survived a failure, else it is dead. */
function decideAny(progress: ModelProgress, name: string): boolean {
  const parents = progress.paths.parents(name);
  const success = parents.find((parent) => progress.endedWell(parent));
  if (success === undefined && parents.some((parent) => progress.isOpen(parent))) return false;
  if (success === undefined && !progress.survived.has(name)) {
    progress.die(name);
    return false;
  }
  if (success === undefined) progress.failing.add(name);
  progress.decided.set(name, success);
  progress.ready.add(name);
  return true;
}

/** C.6: what can lead only to a decided any-join has lost. */
function dropLosers(progress: ModelProgress, anyJoin: string): void {
  for (const name of progress.paths.order) {
    if (!progress.paths.everyPath(name, anyJoin)) continue;
    if (!progress.started.has(name)) progress.die(name, anyJoin);
    else if (!progress.visits.has(name) && !progress.against.has(name)) progress.against.set(name, 'lost');
  }
}

/** The nearest step that chose otherwise. */
export function causeOfDeath(progress: ModelProgress, name: string): string {
  const blamed = progress.dead.get(name);
  if (blamed !== undefined) return blamed;
  const parent = progress.paths.parents(name)[0];
  return progress.visits.has(parent) ? parent : causeOfDeath(progress, parent);
}
