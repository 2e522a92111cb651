import type { Plan, PlanStep } from '../plan/plan.js';
import type { Progress } from '../run/progress.js';
import { note } from './decide.js';
import { close, closingOf, isLasting } from './edges.js';
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
  closeDead(plan, progress, step, doomed);
  return undefined;
}

/** The edges of all of them in one go: what is dead by the failure is not dead by its any-join, which may be decided by that. */
function closeDead(plan: Plan, progress: Progress, failed: PlanStep, doomed: readonly number[]): void {
  const { rounds } = progress;
  const targets = closingOf(progress, failed);
  const sources = targets.map(() => failed.id);
  for (const id of doomed) {
    const join = plan.steps[id];
    // A loop that is dead before it was entered is over.
    if (rounds !== undefined && isHeader(plan, join) && !rounds.loops[join.loop!].busy) rounds.idle.push(join.loop!);
    targets.push(...join.inner);
    sources.push(...join.inner.map(() => id));
  }
  close(plan, progress, targets, sources);
}

/** An all-join between a failed step and its survivor can never be complete: it is dead at once, even if it was ready. */
function doom(progress: Progress, join: PlanStep, failed: PlanStep): void {
  const { id } = join;
  progress.flags[id] |= DEAD;
  progress.causes[id] = failed.id;
  dropVisits(progress, join);
  note(progress, join, isLasting(failed, id) ? undefined : failed.id);
}
