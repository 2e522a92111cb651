import type { Plan, PlanStep } from '../plan/plan.js';
import type { VisitStatus } from './ledger.js';
import { createProgress } from './create-progress.js';
import { fromPlainError, toStoredError, type PlainError } from './plain-error.js';
import { visitsOf, type Arrival, type LoopProgress, type Progress } from './progress.js';
import { fromStored, toStored, type StoredValue } from './stored-value.js';

/** An arrival as plain data. */
export interface ArrivalSnapshot {
  readonly from: string;
  readonly output: StoredValue;
}

/** How far a step has come, as plain data; what has not come anywhere is absent. */
export interface StepSnapshot {
  readonly open: number;
  readonly flags: number;
  readonly started: number;
  /** `null` where a visit has not ended. */
  readonly visits: readonly (VisitStatus | null)[];
  readonly live?: number;
  readonly arrivals?: readonly ArrivalSnapshot[];
  readonly closed?: readonly string[];
  readonly by?: string;
  readonly survived?: readonly PlainError[];
}

/** How far a loop has come, as plain data. */
export interface LoopSnapshot {
  readonly alive: number;
  readonly busy: boolean;
  readonly over: boolean;
  readonly jumps?: readonly ArrivalSnapshot[];
  readonly entries?: readonly ArrivalSnapshot[];
}

/**
 * The progress of a suspended run as plain JSON. Everything is told by name, for the order of the plan may be another one
 * when it is read: of the steps by theirs, of the loops by that of their header. Nothing is ready in a suspended run.
 */
export interface ProgressSnapshot {
  readonly stopped: boolean;
  readonly steps: Readonly<Record<string, StepSnapshot>>;
  readonly loops?: Readonly<Record<string, LoopSnapshot>>;
}

/** The progress of a suspended run as plain JSON. */
export function toSnapshot(plan: Plan, progress: Progress): ProgressSnapshot {
  const { rounds, stopped } = progress;
  const touched = plan.steps.filter((step) => isTouched(progress, step));
  const steps = Object.fromEntries(touched.map((step) => [step.name, stepSnapshot(plan, progress, step)]));
  if (rounds === undefined) return { stopped, steps };
  const loops = plan.loops.map(({ id, header }) => [plan.steps[header].name, loopSnapshot(plan, rounds.loops[id])]);
  return { stopped, steps, loops: Object.fromEntries(loops) as Record<string, LoopSnapshot> };
}

function isTouched(progress: Progress, { id, from }: PlanStep): boolean {
  const { open, flags, started, visits, arrivals, closed, causes, survived } = progress;
  const told = [visits, arrivals, closed, causes, survived].some((list) => list[id] !== undefined);
  return told || open[id] !== from.length || flags[id] !== 0 || started[id] > 0;
}

function stepSnapshot({ steps }: Plan, progress: Progress, { id, repeats }: PlanStep): StepSnapshot {
  const { open, flags, started, causes, survived, rounds } = progress;
  const nameOf = (step: number): string => steps[step].name;
  // What a started step was given is its own affair; a join that waits still needs it.
  const waits = started[id] === 0 || rounds !== undefined || repeats;
  const arrivals = waits ? progress.arrivals[id] : undefined;
  const cause = causes[id];
  return {
    open: open[id],
    flags: flags[id],
    started: started[id],
    visits: Array.from(visitsOf(progress, id), (status) => status ?? null),
    ...(rounds !== undefined && { live: rounds.live[id] }),
    ...(arrivals !== undefined && { arrivals: arrivals.map((arrival) => arrivalSnapshot(steps, arrival)) }),
    ...(progress.closed[id] !== undefined && { closed: progress.closed[id].map(nameOf) }),
    ...(cause !== undefined && { by: nameOf(cause) }),
    ...(survived[id] !== undefined && { survived: survived[id].map(toStoredError) }),
  };
}

const arrivalSnapshot = (steps: Plan['steps'], { from, value }: Arrival): ArrivalSnapshot => ({
  from: steps[from].name,
  output: toStored(value),
});

function loopSnapshot({ steps }: Plan, { alive, busy, over, jumps, entries }: LoopProgress): LoopSnapshot {
  const all = (arrivals: readonly Arrival[]): ArrivalSnapshot[] =>
    arrivals.map((arrival) => arrivalSnapshot(steps, arrival));
  return { alive, busy, over, ...(jumps && { jumps: all(jumps) }), ...(entries && { entries: all(entries) }) };
}

/** Puts back what `toSnapshot` has taken. What comes from outside is checked before. */
export function fromSnapshot(plan: Plan, { stopped, steps, loops = {} }: ProgressSnapshot): Progress {
  const fresh = createProgress(plan);
  const ids = new Map(plan.steps.map(({ id, name }) => [name, id]));
  for (const [name, step] of Object.entries(steps)) restoreStep(fresh, ids, ids.get(name)!, step);
  for (const { id, header } of plan.loops) {
    const { jumps, entries, ...counts } = loops[plan.steps[header].name];
    const restored = { jumps: restoreArrivals(ids, jumps), entries: restoreArrivals(ids, entries) };
    Object.assign(fresh.rounds!.loops[id], counts, restored);
  }
  fresh.stopped = stopped;
  return fresh;
}

function restoreStep(progress: Progress, ids: ReadonlyMap<string, number>, id: number, step: StepSnapshot): void {
  progress.open[id] = step.open;
  progress.flags[id] = step.flags;
  progress.started[id] = step.started;
  const visits = step.visits.map((status) => status ?? undefined) as VisitStatus[];
  progress.visits[id] = visits.length === 1 ? visits[0] : visits.length === 0 ? undefined : visits;
  if (progress.rounds !== undefined) progress.rounds.live[id] = step.live ?? 0;
  if (step.arrivals !== undefined) progress.arrivals[id] = restoreArrivals(ids, step.arrivals);
  if (step.closed !== undefined) progress.closed[id] = step.closed.map((name) => ids.get(name)!);
  if (step.by !== undefined) progress.causes[id] = ids.get(step.by);
  if (step.survived !== undefined) progress.survived[id] = step.survived.map(fromPlainError);
}

const restoreArrivals = (
  ids: ReadonlyMap<string, number>,
  arrivals: readonly ArrivalSnapshot[] | undefined,
): Arrival[] | undefined => arrivals?.map(({ from, output }) => ({ from: ids.get(from)!, value: fromStored(output) }));
