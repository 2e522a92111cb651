import type { Plan, PlanStep } from '../plan/plan.js';
import { anything, fields, flag, list, number, oneOf, optional, record, text, whole, type Shape } from './shape.js';
import type { ArrivalSnapshot, LoopSnapshot, ProgressSnapshot, StepSnapshot } from './progress-snapshot.js';

const STATUSES = ['done', 'recovered', 'failed', 'cancelled', 'abandoned', 'lost', 'suspended', 'skipped'];

const stored: Shape = (value, path) => {
  const wrong = fields({ value: anything, list: optional(list(list(anything))) })(value, path);
  const items = wrong === undefined ? ((value as { list?: unknown[][] }).list ?? []) : [];
  return (
    wrong ?? (items.some((item) => item.length > 1) ? `${path}.list must hold items of one value or none` : undefined)
  );
};
const arrivals = optional(list(fields({ from: text, output: stored })));
const error = fields({
  ...{ name: text, message: text, code: optional(text), step: optional(text) },
  attempt: optional(number),
});
const step = fields({
  ...{ open: whole(0), flags: whole(0), started: whole(0), live: optional(whole(0)) },
  visits: list(oneOf(null, ...STATUSES)),
  ...{ arrivals, closed: optional(list(text)), by: optional(text), survived: optional(list(error)) },
});
const loop = fields({ alive: whole(0), busy: flag, over: flag, jumps: arrivals, entries: arrivals });
const snapshot = fields({ stopped: flag, steps: record(step), loops: optional(record(loop)) });

/** Finds what is wrong with a progress that comes from outside, for a plan; nothing if it can be put back. Never throws. */
export function checkSnapshot(plan: Plan, value: unknown, path = 'progress'): readonly string[] {
  const wrong = snapshot(value, path);
  if (wrong !== undefined) return [wrong];
  const { steps, loops = {} } = value as ProgressSnapshot;
  const known = new Map(plan.steps.map((each) => [each.name, each]));
  const headers = new Map(plan.loops.map(({ header }) => [plan.steps[header].name, plan.steps[header]]));
  return [
    ...Object.entries(steps).flatMap(([name, each]) =>
      checkStep(plan, known.get(name), each, `${path}.steps.${brief(name)}`),
    ),
    ...Object.entries(loops).flatMap(([name, each]) =>
      checkLoop(plan, headers.get(name), each, `${path}.loops.${brief(name)}`),
    ),
    ...[...headers.keys()]
      .filter((name) => !Object.hasOwn(loops, name))
      .map((name) => `${path}.loops has no "${name}"`),
  ];
}

/** A hostile name may be a megabyte. */
const brief = (name: string): string => name.slice(0, 50);

function checkStep(plan: Plan, known: PlanStep | undefined, snapshot: StepSnapshot, path: string): string[] {
  if (known === undefined) return [`${path} is no step of ${plan.pipeline}`];
  const { open, flags, started, visits, arrivals = [], closed = [], by } = snapshot;
  const { from } = known;
  const names = new Set(plan.steps.map(({ name }) => name));
  return [
    ...(open > from.length ? [`${path}.open must be ${from.length} at most`] : []),
    ...(flags > 0xffff ? [`${path}.flags must be ${0xffff} at most`] : []),
    ...(started > 1 && known.loop === undefined && !known.repeats ? [`${path}.started must be 1 at most`] : []),
    ...(visits.length > started ? [`${path}.visits must be ${started} at most`] : []),
    ...checkArrivals(plan, sourcesOf(plan, known), arrivals, `${path}.arrivals`),
    ...checkSources(plan, from, closed, `${path}.closed`),
    ...(by !== undefined && !names.has(by)
      ? [`${path}.by names "${brief(by)}", which is no step of ${plan.pipeline}`]
      : []),
  ];
}

function checkLoop(plan: Plan, header: PlanStep | undefined, snapshot: LoopSnapshot, path: string): string[] {
  if (header === undefined) return [`${path} is no loop of ${plan.pipeline}`];
  return [
    ...checkArrivals(plan, jumpersOf(plan, header), snapshot.jumps ?? [], `${path}.jumps`),
    ...checkArrivals(plan, header.from, snapshot.entries ?? [], `${path}.entries`),
  ];
}

const jumpersOf = ({ steps }: Plan, { id }: PlanStep): number[] =>
  steps.filter(({ jumps }) => jumps.includes(id)).map((each) => each.id);

const sourcesOf = (plan: Plan, known: PlanStep): number[] => [...known.from, ...jumpersOf(plan, known)];

const checkArrivals = (
  plan: Plan,
  sources: readonly number[],
  arrivals: readonly ArrivalSnapshot[],
  path: string,
): string[] =>
  checkSources(
    plan,
    sources,
    arrivals.map(({ from }) => from),
    path,
  );

function checkSources({ steps }: Plan, sources: readonly number[], named: readonly string[], path: string): string[] {
  const names = new Set(sources.map((id) => steps[id].name));
  return named
    .filter((name) => !names.has(name))
    .map((name) => `${path} names "${brief(name)}", which does not lead there`);
}
