import type { ModelFlow } from './model-flow.js';
import type { ModelLoop } from './model-loops.js';

/** Whether a step runs, is about to start, waits for an answer, or is a join with something to decide about. */
export const isAlive = (flow: ModelFlow, name: string): boolean =>
  flow.live(name).length > 0 || flow.ready.some((entry) => entry.name === name) || isTorn(flow, name);

const isTorn = (flow: ModelFlow, name: string): boolean =>
  (flow.arrivals.has(name) || flow.survived.has(name)) && !flow.decided.has(name) && !flow.shut.has(name);

/** Whether anything of a loop's body is alive; so are jumps and entries of the loops inside it. */
export function isBusy(flow: ModelFlow, loop: ModelLoop): boolean {
  const inside = flow.paths.loops.filter(({ header }) => header !== loop.header && loop.body.has(header));
  return [...loop.body].some((name) => isAlive(flow, name)) || inside.some((inner) => isWaiting(flow, inner));
}

const isWaiting = (flow: ModelFlow, { header }: ModelLoop): boolean =>
  flow.pending.get(header)!.size > 0 || flow.queue.get(header)!.length > 0;

/** C.3: nothing of its body lives, no jump is pending, no entry is queued and none can come. */
export const isAtEnd = (flow: ModelFlow, loop: ModelLoop): boolean =>
  !isBusy(flow, loop) && !isWaiting(flow, loop) && !canCome(flow, loop.header);

/** Whether a step can still become ready in this round; the header of a loop: by an entry. */
export function canCome(flow: ModelFlow, name: string): boolean {
  const { isJoin, parents } = flow.paths;
  if (flow.shut.has(name)) return false;
  if (isJoin(name)) return !flow.decided.has(name);
  return parents(name).some((parent) => isOpen(flow, parent, name));
}

/** C.3: whether an arrival on this forward edge can still come in the round that both its ends are in. */
export function isOpen(flow: ModelFlow, from: string, to: string): boolean {
  const { loops } = flow.paths;
  const left = loops.find(({ body }) => body.has(from) && !body.has(to));
  // A loop that is not entered is over at once; one that was, when everything else has followed from the outcome.
  if (left && !flow.entered.has(left.header)) return !isAtEnd(flow, left);
  if (left) return !flow.over.has(left.header);
  const around = loops.filter(({ body }) => body.has(from) && body.has(to)).at(-1);
  if (around?.header !== from) return isAlive(flow, from) || canCome(flow, from);
  if (flow.entered.has(from)) return isAlive(flow, from);
  return isWaiting(flow, around) || canCome(flow, from);
}

/** Whether a step may run in this round, or is let in to begin the next. */
export function mayRun(flow: ModelFlow, name: string): boolean {
  const loop = flow.paths.headed(name);
  return isAlive(flow, name) || canCome(flow, name) || (loop !== undefined && isWaiting(flow, loop));
}

/** C.2: a new round forgets what was decided in the one before, not what the round around it knows of the header. */
export function beginRound(flow: ModelFlow, { header, body }: ModelLoop): void {
  const inside = (name: string): boolean => body.has(name) && name !== header;
  for (const name of body) {
    if (!inside(name)) continue;
    flow.arrivals.delete(name);
    flow.decided.delete(name);
    flow.survived.delete(name);
    flow.entered.delete(name);
    flow.over.delete(name);
  }
  for (const [name, { until }] of flow.shut) if (inside(until)) flow.shut.delete(name);
  flow.entered.add(header);
}
