import type { Plan, PlanStep } from '../plan/plan.js';
import { UNDECIDED } from '../run/create-progress.js';
import type { Progress } from '../run/progress.js';
import { DEAD, DECIDED, markShut, SHUT } from './flags.js';
import { dropVisits, release } from './rounds.js';

/** A join runs; once an any-join is decided, nothing that leads only to it starts any more (C.6). */
export function decide(plan: Plan, progress: Progress, step: PlanStep): void {
  note(progress, step);
  release(plan, progress, step, progress.arrivals[step.id]);
  if (step.join !== 'any') return;
  progress.flags[step.id] |= DECIDED;
  for (const loser of step.losers) shut(plan, progress, plan.steps[loser], step);
}

function shut(plan: Plan, progress: Progress, step: PlanStep, join: PlanStep): void {
  const { id } = step;
  const flags = progress.flags[id];
  markShut(plan, progress, id, join);
  dropVisits(progress, step);
  if (progress.visits[id] === undefined && (flags & (DEAD | SHUT)) === 0) progress.causes[id] = join.id;
}

/** Notes what became of a join; `failed` is a parent whose failure dooms it, if that closes its edge. */
export function note(progress: Progress, { id, from }: PlanStep, failed?: number): void {
  const arrived = (progress.arrivals[id] ?? []).map((arrival) => arrival.from);
  const closed = progress.closed[id];
  const isDead = (parent: number): boolean =>
    parent === failed || (progress.flags[parent] & DEAD) !== 0 || closed?.includes(parent) === true;
  const dead = from.filter((parent) => isDead(parent) && !arrived.includes(parent));
  const decision = { id, arrived, dead };
  if (progress.decided === UNDECIDED) progress.decided = [decision];
  else progress.decided.push(decision);
}
