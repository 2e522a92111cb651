import type { Plan, PlanStep } from '../plan/plan.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Progress } from '../run/progress.js';
import { sorted } from './sorted.js';

/** Bits of `Progress.flags`. */
const QUEUED = 1; // ready, started or ended
/** No arrival can come any more. */
export const DEAD = 2;
/** Decided against: an any-join behind it is decided. */
export const SHUT = 4;
const DECIDED = 8; // an any-join that has taken its first success, or can do nothing but fail
const STARTED = 16;

/** The progress of a run that has not begun. */
export function createProgress({ steps }: Plan): Progress {
  const size = steps.length;
  return {
    open: steps.map((step) => step.from.length),
    flags: new Array<number>(size).fill(0),
    visits: new Array<undefined>(size).fill(undefined),
    arrivals: [],
    causes: [],
    survived: [],
    ready: [],
    decided: [],
    undecided: size,
    stopped: false,
  };
}

/** Makes the entries ready (C.8). */
export function begin(plan: Plan, progress: Progress): void {
  for (const id of plan.entries) queue(progress, id);
}

/** What an outcome means for the run besides what became ready. */
export type Verdict = 'goes on' | 'fails';

/**
 * What follows from one outcome: writes what becomes ready and which joins are decided into the progress. Pure but for
 * the progress it owns: no clock, no promise, no I/O; it costs what it decides.
 */
export function advance(plan: Plan, progress: Progress, step: PlanStep, outcome: ActivationOutcome): Verdict {
  progress.decided = NONE;
  // After a stop nothing starts any more, so no any-join can survive a failure for later.
  if (progress.stopped) return outcome.error === undefined ? 'goes on' : 'fails';
  if (outcome.error !== undefined) return survive(plan, progress, step, outcome.error);
  if (outcome.stop) {
    progress.stopped = true;
    return 'goes on';
  }
  const { to } = step;
  const pass = outcome.status === 'skipped' ? close : arrive;
  for (let i = 0; i < to.length; i++) pass(plan, progress, to[i], step.id);
  return 'goes on';
}

/** Takes what may start now, in plan order; what was decided against meanwhile is dropped (C.1, C.6). */
export function takeReady(progress: Progress): readonly number[] {
  const { ready, flags } = progress;
  if (ready.length === 0) return NONE;
  progress.ready = NONE;
  if (progress.stopped) return NONE;
  if (ready.length === 1 && (flags[ready[0]] & (SHUT | DEAD)) === 0) {
    flags[ready[0]] |= STARTED;
    return ready;
  }
  const starting = ready.filter((id) => (flags[id] & (SHUT | DEAD)) === 0);
  for (const id of starting) flags[id] |= STARTED;
  return sorted(starting, (a, b) => a - b);
}

/** Shared and never written: most outcomes decide no join. */
const NONE: number[] = [];

function queue(progress: Progress, id: number): void {
  progress.flags[id] |= QUEUED;
  progress.undecided--;
  if (progress.ready === NONE) progress.ready = [id];
  else progress.ready.push(id);
}

/** An arrival on the edge `from → id` (C.3 to C.5). */
function arrive(plan: Plan, progress: Progress, id: number, from: number): void {
  if (progress.flags[id] & (DEAD | SHUT | DECIDED)) return;
  progress.open[id]--;
  const { join } = plan.steps[id];
  if (join === undefined) return queue(progress, id);
  (progress.arrivals[id] ??= []).push(from);
  if (join === 'any' || progress.open[id] === 0) decide(plan, progress, id);
}

/** The edge into `id` closes without arrival. */
function close(plan: Plan, progress: Progress, id: number, cause: number): void {
  const closing: number[] = [id];
  const causes: number[] = [cause];
  // A work list: a dead chain of 10,000 steps must not recurse.
  for (let i = 0; i < closing.length; i++) {
    const step = plan.steps[closing[i]];
    if (progress.flags[step.id] & (DEAD | SHUT | DECIDED)) continue;
    progress.open[step.id]--;
    if (progress.open[step.id] > 0) continue;
    if (lives(progress, step)) decide(plan, progress, step.id);
    else {
      for (const next of die(progress, step, causes[i])) {
        closing.push(next);
        causes.push(step.id);
      }
    }
  }
}

/** Whether a join whose edges are all closed runs: one has arrived, or it has to report what it survived. */
const lives = (progress: Progress, { id }: PlanStep): boolean =>
  progress.arrivals[id] !== undefined || progress.survived[id] !== undefined;

function die(progress: Progress, step: PlanStep, cause: number): readonly number[] {
  progress.flags[step.id] |= DEAD;
  progress.undecided--;
  progress.causes[step.id] = nearestCause(progress, step, cause);
  if (step.join !== undefined) note(progress, step.id);
  return step.to;
}

/** The nearest step that chose otherwise; of several edges that of the first parent in plan order (C.7). */
function nearestCause(progress: Progress, step: PlanStep, cause: number): number {
  const first = step.from.length > 1 ? step.from[0] : cause;
  return progress.visits[first] === undefined ? (progress.causes[first] ?? first) : first;
}

/** A join runs; once an any-join is decided, nothing that leads only to it starts any more (C.6). */
function decide(plan: Plan, progress: Progress, id: number): void {
  note(progress, id);
  queue(progress, id);
  const { join, losers } = plan.steps[id];
  if (join !== 'any') return;
  progress.flags[id] |= DECIDED;
  for (const loser of losers) shut(progress, loser, id);
}

function shut(progress: Progress, id: number, cause: number): void {
  const flags = progress.flags[id];
  progress.flags[id] |= SHUT;
  if (progress.visits[id] !== undefined || flags & (DEAD | SHUT)) return;
  if ((flags & QUEUED) === 0) progress.undecided--;
  progress.causes[id] = cause;
}

/** A failure fails the run, unless an undecided any-join survives it (C.5). */
function survive(plan: Plan, progress: Progress, step: PlanStep, error: Error): Verdict {
  const { survivor } = step;
  if (survivor === undefined || progress.flags[survivor] & (DEAD | SHUT | QUEUED)) return 'fails';
  (progress.survived[survivor] ??= []).push(error);
  const doomed = step.doomed.filter((id) => (progress.flags[id] & (DEAD | SHUT | STARTED)) === 0);
  // All of them first: an edge that closes must not bring one of them to life.
  for (const id of doomed) doom(progress, id, step.id);
  for (const id of step.to) close(plan, progress, id, step.id);
  for (const id of doomed) for (const next of plan.steps[id].to) close(plan, progress, next, id);
  return 'goes on';
}

/** An all-join between a failed step and its survivor can never be complete: it is dead at once, even if it was ready. */
function doom(progress: Progress, id: number, cause: number): void {
  const flags = progress.flags[id];
  progress.flags[id] |= DEAD;
  progress.causes[id] = cause;
  if ((flags & QUEUED) === 0) progress.undecided--;
  note(progress, id);
}

function note(progress: Progress, id: number): void {
  if (progress.decided === NONE) progress.decided = [id];
  else progress.decided.push(id);
}
