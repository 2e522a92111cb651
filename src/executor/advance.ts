import { TooManyVisitsError } from '../errors/too-many-visits-error.js';
import type { Plan, PlanStep } from '../plan/plan.js';
import { UNDECIDED } from '../run/create-progress.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Progress } from '../run/progress.js';
import { close, follow, isOver, settle } from './edges.js';
import { endVisits, release } from './rounds.js';
import { survive } from './survive.js';
import { turnRounds } from './turn-rounds.js';

/** Makes the entries ready (C.8). */
export function begin(plan: Plan, progress: Progress): void {
  for (const id of plan.entries) release(plan, progress, plan.steps[id], undefined);
}

/**
 * What follows from one outcome that counts: writes what becomes ready and which joins are decided into the progress.
 * Returns the failure of the pipeline, if it is one. Pure but for the progress it owns: no clock, no promise, no I/O; it
 * costs what it decides.
 */
export function advance(plan: Plan, progress: Progress, step: PlanStep, outcome: ActivationOutcome): Error | undefined {
  progress.decided = UNDECIDED;
  // After a stop nothing starts any more, so no any-join can survive a failure for later.
  if (progress.stopped) return outcome.error;
  if (progress.rounds !== undefined) endVisits(progress.rounds, step, 1);
  if (outcome.error !== undefined) {
    const failure = survive(plan, progress, step, outcome.error);
    if (failure !== undefined) return failure;
  } else if (outcome.stop) progress.stopped = true;
  else follow(plan, progress, step, takenBy(plan, step, outcome), valueOf(outcome));
  if (progress.rounds !== undefined && !progress.stopped) return endRounds(plan, progress, step);
  if (progress.deciding !== undefined) settle(plan, progress);
  return undefined;
}

const NOWHERE: readonly number[] = [];

/** Which edges an outcome takes: a route instead of `to`, none if it was skipped (B.4). */
function takenBy({ steps }: Plan, { to, next }: PlanStep, { status, route }: ActivationOutcome): readonly number[] {
  if (status === 'skipped') return NOWHERE;
  return route === undefined ? next : to.filter((id) => route.includes(steps[id].name));
}

const valueOf = ({ passes, output }: ActivationOutcome): unknown => (passes === undefined ? output : passes.value);

/** What else follows where there are loops: rounds begin and end, and what runs away is stopped. */
function endRounds(plan: Plan, progress: Progress, step: PlanStep): Error | undefined {
  const rounds = progress.rounds!;
  if (isOver(progress, step)) {
    close(
      plan,
      progress,
      [...step.inner],
      step.inner.map(() => step.id),
    );
  }
  settle(plan, progress);
  turnRounds(plan, progress, rounds);
  const { runaway } = rounds;
  return runaway === undefined
    ? undefined
    : new TooManyVisitsError(plan.pipeline, plan.steps[runaway], loopNames(plan, runaway));
}

/** The names of the loop that a step is in, or that it stands behind. */
function loopNames({ steps, loops }: Plan, id: number): readonly string[] {
  let at: PlanStep | undefined = steps[id];
  while (at !== undefined && at.loop === undefined) at = steps[at.from[0]];
  return at === undefined ? [] : loops[at.loop!].body.map((step) => steps[step].name);
}

export { createProgress } from '../run/create-progress.js';
export { takeReady, type Start } from './take-ready.js';
export { isShut, recordVisit, whyNotTaken } from './visits.js';
