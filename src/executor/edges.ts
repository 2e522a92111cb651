import type { Plan, PlanStep } from '../plan/plan.js';
import type { Arrival, Progress, Rounds } from '../run/progress.js';
import { decide, note } from './decide.js';
import { DEAD, isHeader, isSettled, QUEUED, SETTLED, SHUT } from './flags.js';
import { jump, release } from './rounds.js';

/** Takes these of a step's edges and closes the others; what may bring another arrival in this round stays open (C.3). */
export function follow(plan: Plan, progress: Progress, step: PlanStep, taken: readonly number[], value: unknown): void {
  const { to, jumps, id: from } = step;
  const { rounds } = progress;
  if (rounds === undefined && taken === to) {
    for (let i = 0; i < to.length; i++) arrive(plan, progress, to[i], { from, value }, false);
    return;
  }
  const isTaken = (id: number): boolean => taken === to || taken.includes(id);
  // First of all: what is dead by the way that was taken is not dead by an any-join that this way decides.
  let closing: number[] | undefined;
  for (const id of to) if (!isTaken(id) && closes(progress, step, id)) (closing ??= []).push(id);
  if (closing !== undefined) close(plan, progress, closing, Array<number>(closing.length).fill(from));
  for (const id of to) {
    if (!isTaken(id)) continue;
    if (jumps.includes(id)) jump(rounds!, plan.steps[id].loop!, { from, value });
    else arrive(plan, progress, id, { from, value }, rounds !== undefined && isLasting(step, id));
  }
}

/** Where the edges lead that close if a step, having ended, doesn't take them. */
export const closingOf = (progress: Progress, step: PlanStep): number[] =>
  step.to.filter((id) => closes(progress, step, id));

const closes = ({ rounds }: Progress, step: PlanStep, id: number): boolean =>
  rounds === undefined || !(step.jumps.includes(id) || isLasting(step, id));

/** Whether an edge may bring more than one arrival in one round. */
export const isLasting = ({ repeats, inner, to }: PlanStep, target: number): boolean =>
  repeats || (inner !== to && !inner.includes(target));

/** An arrival on an edge into `id` (C.3 to C.5). */
function arrive(plan: Plan, progress: Progress, id: number, arrival: Arrival, lasts: boolean): void {
  const step = plan.steps[id];
  if ((progress.flags[id] & SETTLED) !== 0 && isSettled(plan, progress, step)) return;
  if (!lasts) progress.open[id]--;
  if (step.join === undefined) return pass(plan, progress, step, arrival);
  const arrived = progress.arrivals[id];
  if (arrived === undefined) progress.arrivals[id] = [arrival];
  else replace(arrived, arrival, lasts);
  if (step.join === 'any') (progress.deciding ??= []).push(id);
  else if (progress.open[id] === 0) decide(plan, progress, step);
}

/** A step that waits for nothing runs; what it is given is kept for its start. */
function pass(plan: Plan, progress: Progress, step: PlanStep, arrival: Arrival): void {
  if (progress.rounds !== undefined && isHeader(plan, step)) return release(plan, progress, step, [arrival]);
  const { arrivals } = progress;
  if (step.repeats) (arrivals[step.id] ??= []).push(arrival);
  else if (arrival.value !== undefined) arrivals[step.id] = [arrival];
  release(plan, progress, step, undefined);
}

/** Behind a loop the last arrival of each source counts (C.4). */
function replace(arrived: Arrival[], arrival: Arrival, lasts: boolean): void {
  const place = lasts ? arrived.findIndex(({ from }) => from === arrival.from) : -1;
  if (place >= 0) arrived.splice(place, 1);
  arrived.push(arrival);
}

/** The edges into these steps, from the sources at the same places, close; `settle` says what follows from all that have. */
export function close(plan: Plan, progress: Progress, targets: number[], sources: number[]): void {
  // A work list: a dead chain of 10,000 steps must not recurse.
  for (let i = 0; i < targets.length; i++) {
    const step = plan.steps[targets[i]];
    if (isSettled(plan, progress, step)) continue;
    const { id, join } = step;
    if (join !== undefined) (progress.closed[id] ??= []).push(sources[i]);
    if (--progress.open[id] > 0) continue;
    if (join === 'any' && lives(progress, step)) (progress.deciding ??= []).push(id);
    else if (join !== undefined && lives(progress, step)) decide(plan, progress, step);
    else
      for (const next of endOf(plan, progress, step, sources[i])) {
        targets.push(next);
        sources.push(id);
      }
  }
}

/**
 * What follows when the edges of the round have closed: loops of which nothing can come are over, so that the edges out of
 * them close too; and when all have, any-joins are decided.
 */
export function settle(plan: Plan, progress: Progress): void {
  const { rounds } = progress;
  while (rounds !== undefined && rounds.idle.length > 0) {
    const targets: number[] = [];
    const sources: number[] = [];
    endIdle(plan, rounds, targets, sources);
    close(plan, progress, targets, sources);
  }
  const { deciding } = progress;
  if (deciding === undefined) return;
  progress.deciding = undefined;
  for (const id of deciding.sort((a, b) => a - b))
    if (!isSettled(plan, progress, plan.steps[id])) decide(plan, progress, plan.steps[id]);
}

/**
 * Loops that can't be entered any more, and in which nothing is going on, are over: so the edges out of them close too.
 * From the inside out, and when all of their bodies is dead, so that it is known by whom.
 */
function endIdle({ loops }: Plan, rounds: Rounds, targets: number[], sources: number[]): void {
  const { idle } = rounds;
  while (idle.length > 0 && targets.length === 0) {
    const innermost = Math.max(...idle);
    idle.splice(idle.indexOf(innermost), 1);
    rounds.loops[innermost].over = true;
    for (const [from, to] of loops[innermost].exits) {
      targets.push(to);
      sources.push(from);
    }
  }
}

/** Whether a join whose edges are all closed runs: one has arrived, or it has to report what it survived. */
const lives = (progress: Progress, { id }: PlanStep): boolean =>
  progress.arrivals[id] !== undefined || progress.survived[id] !== undefined;

/** Nothing more will come to a step: which of its own edges close by that? */
function endOf(plan: Plan, progress: Progress, step: PlanStep, cause: number): readonly number[] {
  const { rounds, flags } = progress;
  if (rounds !== undefined && isHeader(plan, step) && !rounds.loops[step.loop!].busy) rounds.idle.push(step.loop!);
  if ((flags[step.id] & QUEUED) === 0) return die(progress, step, cause);
  return isOver(progress, step) ? step.inner : NO_EDGES;
}

const NO_EDGES: readonly number[] = [];

/** Whether a step that may run several times in one round has run for the last time. */
export const isOver = ({ rounds, open, flags }: Progress, { id, repeats }: PlanStep): boolean =>
  repeats && open[id] === 0 && rounds!.live[id] === 0 && (flags[id] & SHUT) === 0;

function die(progress: Progress, step: PlanStep, cause: number): readonly number[] {
  progress.flags[step.id] |= DEAD;
  progress.causes[step.id] = nearestCause(progress, step, cause);
  if (step.join !== undefined) note(progress, step);
  return step.inner;
}

/** The nearest step that chose otherwise; of several edges that of the first parent in plan order (C.7). */
function nearestCause({ visits, causes }: Progress, { from }: PlanStep, cause: number): number {
  const first = from.length > 1 ? from[0] : cause;
  return visits[first] === undefined ? (causes[first] ?? first) : first;
}
