import { decideAgainst, failFlow } from './model-ends.js';
import type { Entry, ModelFlow } from './model-flow.js';
import { beginRound, isAtEnd, isBusy, isOpen, mayRun } from './model-rounds.js';

/** Looks at every step again, until nothing more follows: joins, their losers, rounds of loops. */
export function advance(flow: ModelFlow): void {
  while (!flow.isEnded && (decideJoins(flow) || turnRound(flow)));
  if (flow.isEnded) return;
  flow.dead = deadOf(flow);
  const runaway = flow.paths.order.find((name) => flow.runaways.has(name));
  if (runaway !== undefined) failFlow(flow, { step: runaway }, true);
}

/** Those that were never visited, and can't be in this round. */
const deadOf = (flow: ModelFlow): ReadonlySet<string> =>
  new Set(flow.paths.order.filter((name) => !flow.wasVisited(name) && !mayRun(flow, name)));

function decideJoins(flow: ModelFlow): boolean {
  const { order, isJoin, step } = flow.paths;
  const waiting = order.filter((name) => isJoin(name) && !flow.decided.has(name) && !flow.shut.has(name));
  const decided = waiting.filter((name) => (step(name).join === 'any' ? decideAny(flow, name) : decideAll(flow, name)));
  for (const name of decided) if (step(name).join === 'any' && !isOut(flow, name)) dropLosers(flow, name);
  return decided.length > 0;
}

/** Whether a join was decided to be dead. */
const isOut = (flow: ModelFlow, name: string): boolean => !flow.arrivals.has(name) && !flow.survived.has(name);

/** C.4: a join runs when all its edges are closed and one has arrived, with the last arrival of each. */
function decideAll(flow: ModelFlow, name: string): boolean {
  if (flow.paths.parents(name).some((parent) => isOpen(flow, parent, name))) return false;
  flow.decided.add(name);
  const arrived = flow.arrivals.get(name);
  if (arrived) enter(flow, { name, ...inputsOf(flow, arrived) });
  return true;
}

/** C.5: the first success; without any it fails if it has survived a failure, else it is dead. */
function decideAny(flow: ModelFlow, name: string): boolean {
  const arrived = flow.arrivals.get(name);
  if (!arrived && flow.paths.parents(name).some((parent) => isOpen(flow, parent, name))) return false;
  flow.decided.add(name);
  if (arrived) enter(flow, { name, ...inputsOf(flow, arrived) });
  else if (flow.survived.has(name)) enter(flow, { name, input: undefined, inputs: {}, failing: true });
  return true;
}

/** B.2: of several the first in plan order is the `input`. */
function inputsOf(flow: ModelFlow, arrived: ReadonlyMap<string, unknown>): Pick<Entry, 'input' | 'inputs'> {
  const inOrder = flow.paths.order.filter((name) => arrived.has(name));
  return {
    input: arrived.get(inOrder[0]),
    inputs: Object.fromEntries(inOrder.map((name) => [name, arrived.get(name)])),
  };
}

/** C.6: what can lead only to a decided any-join has lost. */
function dropLosers(flow: ModelFlow, anyJoin: string): void {
  const { order, everyPath, headed } = flow.paths;
  // The header of the join's own loop has run in this round; who enters the loop begins another.
  const losers = order.filter((name) => everyPath(name, anyJoin) && !headed(name)?.body.has(anyJoin));
  // Who could not come any more is dead by its own edges.
  const shut = losers.filter((name) => mayRun(flow, name));
  for (const name of shut) flow.shut.set(name, { by: anyJoin, until: anyJoin });
  flow.ready = flow.ready.filter(({ name }) => !losers.includes(name));
  for (const name of losers) {
    flow.pending.get(name)?.clear();
    if (flow.queue.has(name)) flow.queue.set(name, []);
    for (const visit of flow.live(name)) decideAgainst(visit, 'lost');
  }
}

/** A step is to run: at once, or, where it heads a loop, when the loop lets it in. */
export function enter(flow: ModelFlow, entry: Entry): void {
  const queue = flow.queue.get(entry.name);
  if (queue) queue.push(entry);
  else makeReady(flow, entry);
}

function makeReady(flow: ModelFlow, entry: Entry): void {
  const step = flow.paths.step(entry.name);
  const isThis = ({ name }: { readonly name: string }) => name === entry.name;
  const visits = flow.visits.filter((visit) => isThis(visit.step)).length + flow.ready.filter(isThis).length;
  flow.ready.push(entry);
  if (visits >= (step.maxVisits ?? flow.graph.maxVisits ?? 100)) flow.runaways.add(entry.name);
}

/** C.2: a loop that is at rest takes its pending jump, or else lets in the first that waits, or else may be over. */
function turnRound(flow: ModelFlow): boolean {
  // Inner loops come first: what waits there is alive for the loops around it.
  for (const loop of flow.paths.loops.toReversed()) {
    if (isBusy(flow, loop)) continue;
    const jumped = flow.pending.get(loop.header)!;
    const next = jumped.size > 0 ? jumpTo(flow, loop.header) : flow.queue.get(loop.header)!.shift();
    if (!next && !flow.over.has(loop.header) && isAtEnd(flow, loop)) {
      flow.over.add(loop.header);
      return true;
    }
    if (!next) continue;
    jumped.clear();
    beginRound(flow, loop);
    makeReady(flow, next);
    return true;
  }
  return false;
}

/** C.2: of several jumps in one round the first source in plan order gives the input. */
function jumpTo(flow: ModelFlow, header: string): Entry {
  const { input, inputs } = inputsOf(flow, flow.pending.get(header)!);
  return { name: header, input, ...(flow.paths.isJoin(header) && { inputs }) };
}

/** A source has led to a step: at once, by a jump, or as one of those that a join waits for. */
export function arrive(flow: ModelFlow, from: string, to: string, value: unknown): void {
  const { isJump, isJoin } = flow.paths;
  if (isJump(from, to)) flow.pending.get(to)!.set(from, value);
  else if (flow.shut.has(to) || (isJoin(to) && flow.decided.has(to))) return;
  else if (!isJoin(to)) enter(flow, { name: to, input: value });
  else flow.arrivals.set(to, new Map([...(flow.arrivals.get(to) ?? []), [from, value]]));
}

/** C.5: the any-join that survives a failure lives on, and the all-joins on the way to it are dead. */
export function survive(flow: ModelFlow, name: string, anyJoin: string): void {
  flow.survived.set(anyJoin, [...(flow.survived.get(anyJoin) ?? []), name]);
  for (const join of flow.paths.between(name, anyJoin)) {
    const waits = (entry: Entry): boolean => entry.name === join;
    const started = flow.decided.has(join) && ![...flow.ready, ...(flow.queue.get(join) ?? [])].some(waits);
    if (started || flow.shut.has(join)) continue;
    flow.shut.set(join, { by: name, until: join });
    flow.ready = flow.ready.filter((entry) => !waits(entry));
    if (flow.queue.has(join)) flow.queue.set(join, []);
  }
  advance(flow);
}

/** C.5: the any-join that a failure of this step leads to, unless it is decided or dead. */
export function survivorOf(flow: ModelFlow, name: string): string | undefined {
  const anyJoin = flow.paths.survivor(name);
  const open = anyJoin !== undefined && !flow.decided.has(anyJoin) && !flow.shut.has(anyJoin);
  return !flow.isEnded && open ? anyJoin : undefined;
}
