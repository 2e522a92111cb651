import type { ModelFlow } from './model-flow.js';
import type { ModelLoop } from './model-loops.js';

/** Whether a step runs, is about to start, or waits for an answer. */
export const isAlive = (flow: ModelFlow, name: string): boolean =>
  flow.live(name).length > 0 || flow.ready.some((entry) => entry.name === name);

/** Whether anything of a loop's body is alive; so are jumps and entries of the loops inside it. */
export function isBusy(flow: ModelFlow, loop: ModelLoop): boolean {
  const inside = flow.paths.loops.filter(({ header }) => header !== loop.header && loop.body.has(header));
  return [...loop.body].some((name) => isAlive(flow, name)) || inside.some((inner) => isWaiting(flow, inner));
}

const isWaiting = (flow: ModelFlow, { header }: ModelLoop): boolean =>
  flow.pending.get(header)!.size > 0 || flow.queue.get(header)!.length > 0;

/** C.3: nothing of its body lives, no jump is pending, no entry is queued and none can come. */
export const isOver = (flow: ModelFlow, loop: ModelLoop): boolean =>
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
  if (left) return !isOver(flow, left);
  const around = loops.filter(({ body }) => body.has(from) && body.has(to)).at(-1);
  if (around?.header !== from) return isAlive(flow, from) || canCome(flow, from);
  if (flow.entered.has(from)) return isAlive(flow, from);
  return isWaiting(flow, around) || canCome(flow, from);
}

/** Whether a step that was never visited never will be. */
export function isDead(flow: ModelFlow, name: string): boolean {
  if (flow.wasVisited(name) || isAlive(flow, name) || canCome(flow, name)) return false;
  return flow.paths.loops
    .filter(({ body }) => body.has(name))
    .every((loop) => (loop.header === name ? !isWaiting(flow, loop) : isOver(flow, loop)));
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
  }
  for (const [name, { until }] of flow.shut) if (inside(until)) flow.shut.delete(name);
  flow.entered.add(header);
}
