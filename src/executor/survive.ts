import type { Plan, PlanStep } from '../plan/plan.js';
import type { Progress } from '../run/progress.js';
import { note } from './decide.js';
import { close, follow, isLasting } from './edges.js';
import { DEAD, isHeader, QUEUED, SHUT, STARTED } from './flags.js';
import { dropVisits } from './rounds.js';

/** A failure fails the pipeline, unless an undecided any-join survives it (C.5). */
export function survive(plan: Plan, progress: Progress, step: PlanStep, error: Error): Error | undefined {
  const { survivor } = step;
  if (survivor === undefined || progress.flags[survivor] & (DEAD | SHUT | QUEUED)) return error;
  (progress.survived[survivor] ??= []).push(error);
  const doomed = step.doomed.filter((join) => (progress.flags[join] & (DEAD | SHUT | STARTED)) === 0);
  // All of them first: an edge that closes must not bring one of them to life.
  for (const join of doomed) doom(progress, plan.steps[join], step);
  follow(plan, progress, step, NOTHING, undefined);
  for (const join of doomed) closeDead(plan, progress, plan.steps[join]);
  return undefined;
}

function closeDead(plan: Plan, progress: Progress, join: PlanStep): void {
  const { rounds } = progress;
  // A loop that is dead before it was entered is over.
  if (rounds !== undefined && isHeader(plan, join) && !rounds.loops[join.loop!].busy) rounds.idle.push(join.loop!);
  close(
    plan,
    progress,
    [...join.inner],
    join.inner.map(() => join.id),
  );
}

const NOTHING: readonly number[] = [];

/** An all-join between a failed step and its survivor can never be complete: it is dead at once, even if it was ready. */
function doom(progress: Progress, join: PlanStep, failed: PlanStep): void {
  const { id } = join;
  progress.flags[id] |= DEAD;
  progress.causes[id] = failed.id;
  dropVisits(progress, join);
  note(progress, join, isLasting(failed, id) ? undefined : failed.id);
}
