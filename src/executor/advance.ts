import type { Plan, PlanStep } from '../plan/plan.js';
import { NOTHING, type Given } from '../run/given.js';
import type { StepLedger, VisitStatus } from '../run/ledger.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Arrival, Decision, Progress } from '../run/progress.js';
import { sorted } from './sorted.js';

/** Bits of `Progress.flags`. */
const QUEUED = 1; // ready, started or ended
/** No arrival can come any more. */
const DEAD = 2;
/** Decided against: an any-join behind it is decided. */
const SHUT = 4;
const DECIDED = 8; // an any-join that has taken its first success, or can do nothing but fail
const STARTED = 16;

/** The progress of a run that has not begun. */
export function createProgress({ steps }: Plan): Progress {
  const size = steps.length;
  return {
    open: steps.map((step) => step.from.length),
    flags: new Array<number>(size).fill(0),
    visits: new Array<undefined>(size).fill(undefined),
    started: new Array<number>(size).fill(0),
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

/** A step that may start, with the number of its visit and what has arrived at it. */
export interface Start {
  readonly id: number;
  readonly visit: number;
  readonly given: Given;
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
  if (outcome.error !== undefined) return survive(plan, progress, step, outcome.error);
  if (outcome.stop) {
    progress.stopped = true;
    return undefined;
  }
  const { to, id: from } = step;
  if (outcome.status === 'skipped') for (let i = 0; i < to.length; i++) close(plan, progress, to[i], from);
  else for (let i = 0; i < to.length; i++) arrive(plan, progress, to[i], { from, value: outcome.output });
  return undefined;
}

/** Notes in the ledger what became of a visit. */
export function recordVisit({ visits }: Progress, id: number, visit: number, status: VisitStatus): void {
  const all = visits[id];
  if (visit === 1 && typeof all !== 'object') visits[id] = status;
  else if (typeof all === 'object') all[visit - 1] = status;
  else {
    const list = all === undefined ? [] : [all];
    list[visit - 1] = status;
    visits[id] = list;
  }
}

/** Whether what is alive of this step was decided against: an any-join behind it is decided (C.6). */
export const isShut = ({ flags }: Progress, id: number): boolean => (flags[id] & SHUT) !== 0;

/** Why a step without a visit was not taken (C.7). */
export function whyNotTaken(
  { steps }: Plan,
  { flags, causes, stopped }: Progress,
  id: number,
): Pick<StepLedger, 'why' | 'by'> {
  const cause = causes[id];
  if (flags[id] & (DEAD | SHUT) && cause !== undefined) return { why: 'dead', by: steps[cause].name };
  return { why: stopped ? 'stopped' : 'ended' };
}

/** Takes what may start now, in plan order; what was decided against meanwhile is dropped (C.1, C.6). */
export function takeReady(plan: Plan, progress: Progress): readonly Start[] {
  const { ready, flags } = progress;
  if (ready.length === 0) return NOTHING_STARTS;
  progress.ready = NONE;
  if (progress.stopped) return NOTHING_STARTS;
  const starting = ready.length === 1 ? ready : sorted(ready, (a, b) => a - b);
  const starts: Start[] = [];
  for (const id of starting) {
    if (flags[id] & (SHUT | DEAD)) continue;
    flags[id] |= STARTED;
    starts.push({ id, visit: ++progress.started[id], given: givenTo(plan, progress, plan.steps[id]) });
  }
  return starts;
}

/** Shared and never written: most outcomes decide no join. */
const NONE: number[] = [];
const UNDECIDED: Decision[] = [];
const NOTHING_STARTS: readonly Start[] = [];

const byPlanOrder = (a: Arrival, b: Arrival): number => a.from - b.from;

/** What arrived (B.2): the first in plan order as `input`, all of a join by name. */
function givenTo(plan: Plan, { arrivals, survived }: Progress, { id, name, join }: PlanStep): Given {
  const arrived = arrivals[id];
  if (join === undefined) {
    const input = arrived === undefined ? undefined : arrived[0].value;
    return input === undefined ? NOTHING : { input };
  }
  if (arrived === undefined) return { input: undefined, inputs: {}, failure: failureOf(name, survived[id]) };
  const inOrder = sorted(arrived, byPlanOrder);
  const inputs: Record<string, unknown> = {};
  for (const { from, value } of inOrder) inputs[plan.steps[from].name] = value;
  // Frozen, for all attempts and handlers of the step share it.
  return { input: inOrder[0].value, inputs: Object.freeze(inputs) };
}

const failureOf = (name: string, survived: readonly Error[] = []): AggregateError =>
  new AggregateError(survived, `every branch that leads to "${name}" has failed`);

function queue(progress: Progress, id: number): void {
  progress.flags[id] |= QUEUED;
  progress.undecided--;
  if (progress.ready === NONE) progress.ready = [id];
  else progress.ready.push(id);
}

/** An arrival on an edge into `id` (C.3 to C.5). */
function arrive(plan: Plan, progress: Progress, id: number, arrival: Arrival): void {
  if (progress.flags[id] & (DEAD | SHUT | DECIDED)) return;
  progress.open[id]--;
  const { join } = plan.steps[id];
  const { arrivals } = progress;
  if (join !== undefined || arrival.value !== undefined) {
    const arrived = arrivals[id];
    if (arrived === undefined) arrivals[id] = [arrival];
    else arrived.push(arrival);
  }
  if (join === undefined) return queue(progress, id);
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
  if (step.join !== undefined) note(progress, step);
  return step.to;
}

/** The nearest step that chose otherwise; of several edges that of the first parent in plan order (C.7). */
function nearestCause(progress: Progress, step: PlanStep, cause: number): number {
  const first = step.from.length > 1 ? step.from[0] : cause;
  return progress.visits[first] === undefined ? (progress.causes[first] ?? first) : first;
}

/** A join runs; once an any-join is decided, nothing that leads only to it starts any more (C.6). */
function decide(plan: Plan, progress: Progress, id: number): void {
  const step = plan.steps[id];
  note(progress, step);
  queue(progress, id);
  const { join, losers } = step;
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
function survive(plan: Plan, progress: Progress, step: PlanStep, error: Error): Error | undefined {
  const { survivor } = step;
  if (survivor === undefined || progress.flags[survivor] & (DEAD | SHUT | QUEUED)) return error;
  (progress.survived[survivor] ??= []).push(error);
  const doomed = step.doomed.filter((id) => (progress.flags[id] & (DEAD | SHUT | STARTED)) === 0);
  // All of them first: an edge that closes must not bring one of them to life.
  for (const id of doomed) doom(progress, plan.steps[id], step.id);
  for (const id of step.to) close(plan, progress, id, step.id);
  for (const id of doomed) for (const next of plan.steps[id].to) close(plan, progress, next, id);
  return undefined;
}

/** An all-join between a failed step and its survivor can never be complete: it is dead at once, even if it was ready. */
function doom(progress: Progress, step: PlanStep, cause: number): void {
  const { id } = step;
  const flags = progress.flags[id];
  progress.flags[id] |= DEAD;
  progress.causes[id] = cause;
  if ((flags & QUEUED) === 0) progress.undecided--;
  note(progress, step);
}

function note(progress: Progress, { id, from }: PlanStep): void {
  const arrived = (progress.arrivals[id] ?? []).map((arrival) => arrival.from);
  const decision = { id, arrived, dead: from.filter((parent) => closed(progress, parent)) };
  if (progress.decided === UNDECIDED) progress.decided = [decision];
  else progress.decided.push(decision);
}

/** Whether no arrival can come from this step any more, and none has. */
function closed({ visits, flags }: Progress, id: number): boolean {
  if (flags[id] & DEAD) return true;
  return visits[id] !== undefined && visits[id] !== 'done' && visits[id] !== 'recovered';
}
