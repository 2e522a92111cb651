import type { Plan, PlanStep } from '../plan/plan.js';
import { NOTHING_READY } from '../run/create-progress.js';
import { NOTHING, type Given } from '../run/given.js';
import type { Arrival, Progress } from '../run/progress.js';
import { DEAD, SHUT, STARTED } from './flags.js';
import { sorted } from './sorted.js';

/** A step that may start, with the number of its visit and what has arrived at it. */
export interface Start {
  readonly id: number;
  readonly visit: number;
  readonly given: Given;
}

/** Takes what may start now, in plan order; what was decided against meanwhile is dropped (C.1, C.6). */
export function takeReady(plan: Plan, progress: Progress): readonly Start[] {
  const { ready, flags } = progress;
  if (ready.length === 0) return NOTHING_STARTS;
  progress.ready = NOTHING_READY;
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

const NOTHING_STARTS: readonly Start[] = [];

const byPlanOrder = (a: Arrival, b: Arrival): number => a.from - b.from;

/** What arrived (B.2): the first in plan order as `input`, all of a join by name. */
function givenTo(plan: Plan, { arrivals, survived }: Progress, { id, name, join, repeats }: PlanStep): Given {
  const arrived = arrivals[id];
  if (join === undefined) {
    const input = (repeats ? arrived?.shift() : arrived?.[0])?.value;
    return input === undefined ? NOTHING : { input };
  }
  if (arrived === undefined && survived[id] !== undefined)
    return { input: undefined, inputs: {}, failure: failureOf(name, survived[id]) };
  const inOrder = sorted(arrived ?? [], byPlanOrder);
  const inputs: Record<string, unknown> = {};
  for (const { from, value } of inOrder) inputs[plan.steps[from].name] = value;
  // Frozen, for all attempts and handlers of the step share it.
  return { input: inOrder[0]?.value, inputs: Object.freeze(inputs) };
}

const failureOf = (name: string, survived: readonly Error[]): AggregateError =>
  new AggregateError(survived, `every branch that leads to "${name}" has failed`);
