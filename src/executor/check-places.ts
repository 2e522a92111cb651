import type { Plan, PlanStep } from '../plan/plan.js';
import type { EachCheckpoint, FlowCheckpoint } from '../run/checkpoint.js';
import type { LoopSnapshot, StepSnapshot } from '../run/progress-snapshot.js';

/**
 * Finds where what a flow says of its open visits and what it says of its progress differ; nothing if they agree. Every
 * name in it is known, and every list has its shape. The work is bounded by the size of the checkpoint.
 */
export function findWrongPlace(plan: Plan, flow: FlowCheckpoint): string | undefined {
  const { suspended, eaches, children, progress } = flow;
  if (progress.stopped) return 'progress says that it was stopped';
  if (suspended.length + eaches.length + children.length === 0) return 'nothing in it waits for an answer';
  const steps = new Map(plan.steps.map((step) => [step.name, step]));
  const stray = suspended.find(({ step, index }) => index !== undefined || steps.get(step)!.each !== undefined);
  if (stray !== undefined) return `suspended has an item of "${stray.step}", which belongs to its each`;
  const open = new Map<string, Set<number>>();
  for (const { step, visit } of [...suspended, ...eaches, ...children.filter(({ index }) => index === undefined)]) {
    const visits = open.get(step) ?? new Set();
    if (visits.has(visit)) return `visit ${visit} of "${step}" is there twice`;
    open.set(step, visits.add(visit));
  }
  for (const step of plan.steps) {
    const wrong = findWrongVisits(step, own(progress.steps, step.name), open.get(step.name) ?? new Set(), plan);
    if (wrong !== undefined) return wrong;
  }
  return findWrongItems(flow, steps) ?? findWrongLoop(plan, flow, open);
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Exactly the open visits have no end yet. */
function findWrongVisits(
  { name }: PlanStep,
  snapshot: StepSnapshot | undefined,
  open: ReadonlySet<number>,
  { loops }: Plan,
): string | undefined {
  const { started, visits, live } = snapshot ?? { started: 0, visits: [], live: undefined };
  const ended = visits.filter((status) => status !== null && status !== 'suspended').length;
  const wrong = `progress.steps.${name} has other visits than those that wait`;
  if (started !== ended + open.size) return wrong;
  for (const visit of open) if (visit > started || (visits[visit - 1] ?? 'suspended') !== 'suspended') return wrong;
  return loops.length > 0 && (live ?? 0) !== open.size ? `progress.steps.${name}.live must be ${open.size}` : undefined;
}

/** Of each each: every item that waits is one that it has, and has no result yet. */
function findWrongItems(
  { eaches, children, items }: FlowCheckpoint,
  steps: ReadonlyMap<string, PlanStep>,
): string | undefined {
  const counts = new Map<string, number>();
  const waiting = new Map<string, (number | undefined)[]>();
  for (const { step, visit, index } of children) {
    if (index === undefined) continue;
    const key = `${step}#${visit}`;
    waiting
      .set(key, waiting.get(key) ?? [])
      .get(key)!
      .push(index);
  }
  for (const each of eaches) {
    const { step, visit, suspended, index } = each;
    if (index !== undefined || steps.get(step)!.each === undefined) return `eaches has "${step}", which is no each`;
    if (suspended.some((item) => item.step !== step || item.visit !== visit)) return `eaches mixes items of "${step}"`;
    const indexes = [...suspended.map((item) => item.index), ...(waiting.get(`${step}#${visit}`) ?? [])];
    if (!areOpen(each, indexes)) return `eaches has items that "${step}" doesn't have, or that have ended`;
    counts.set(step, (counts.get(step) ?? 0) + suspended.length);
  }
  const told = new Map(items.map(({ step, counts: { suspended = 0 } }) => [step, suspended]));
  const wrong = [...new Set([...counts.keys(), ...told.keys()])].find(
    (step) => (counts.get(step) ?? 0) !== (told.get(step) ?? 0),
  );
  return wrong === undefined ? undefined : `items counts others of "${wrong}" than those that wait`;
}

function areOpen({ results, changes, failures }: EachCheckpoint, indexes: readonly (number | undefined)[]): boolean {
  const known = (index: number | undefined): boolean => index !== undefined && index < results.length;
  const ended = [...changes, ...failures].every(([index]) => known(index));
  const open = indexes.every((index) => known(index) && results[index!].length === 0);
  return ended && open && indexes.length > 0 && new Set(indexes).size === indexes.length;
}

/** A loop counts what is alive in it: its own visits, and the loops inside it in which anything is. */
function findWrongLoop(
  { loops, steps }: Plan,
  { progress }: FlowCheckpoint,
  open: ReadonlyMap<string, ReadonlySet<number>>,
): string | undefined {
  const told = loops.map(({ header }) => (progress.loops as Record<string, LoopSnapshot>)[steps[header].name]);
  for (const { id, header } of loops) {
    const inside = steps.filter(({ loop }) => loop === id).map(({ name }) => open.get(name)?.size ?? 0);
    const around = loops.filter(({ id: inner, parent }) => parent === id && told[inner].busy).length;
    const alive = inside.reduce((sum, count) => sum + count, around);
    if (told[id].alive !== alive || told[id].busy !== alive > 0)
      return `progress.loops.${steps[header].name} counts others than those that wait`;
  }
  return undefined;
}
