import { answerOf, handlersOf, isPerItem, withoutHandler } from './model-behaviour.js';
import type { Entry, ModelFlow, ModelUnit, ModelVisit } from './model-flow.js';
import type { ModelGraph } from './model-graph.js';
import { hasMore, isAsleep, itemsOf } from './model-sleep.js';
import type { ModelPaths } from './model-paths.js';
import { abort } from './model-ends.js';
import { answer, beginFlow, isOpener, placeOf, settledBy, takeUnit } from './model-units.js';

/** One call of an activation, with what it gets to see. */
export interface ModelCall {
  readonly key: string;
  /** The attempt that it begins with, and the last one. */
  readonly from: number;
  readonly to: number;
  /** Absent where the body doesn't run, only the handler. */
  readonly seen?: Seen;
  /** The handlers that it came to, and the version of the state that they saw. */
  readonly handlers: readonly string[];
  readonly state: unknown;
  /** Whether it ended by itself. */
  exact: boolean;
}

/** What a body sees in its context. */
export interface Seen {
  readonly input: unknown;
  /** Only of joins. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly index?: number | undefined;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly state: unknown;
}

/** One run as the rules say that it goes, report by report. */
export class ModelRun {
  readonly root: ModelFlow;
  /** What was started at the beginning, then after each report, of each segment. */
  readonly starts: string[][] = [];
  /** What was in flight when a report, or the caller, decided against it. */
  readonly cancelled: string[][] = [];
  readonly calls: ModelCall[] = [];
  #cancelled = false;
  /** Whether a segment was cancelled before it began: what waited still does. */
  refused = false;
  readonly #told = new Set<ModelUnit>();

  /** `paths` may be given where many graphs differ only in what their steps do. */
  constructor(graph: ModelGraph, paths?: ModelPaths) {
    this.root = beginFlow(graph, graph.state, undefined, paths);
  }

  /** The first starts of a segment; none if it was cancelled before. */
  start(): void {
    this.#startAll();
  }

  /** Started and not yet reported. */
  inFlight(): readonly string[] {
    return this.#units('running').map(({ key }) => key);
  }

  /** Waiting for an answer. */
  suspended(): readonly string[] {
    return this.#units('suspended').map(({ key }) => key);
  }

  /** An activation in flight. */
  unit(key: string): ModelUnit {
    return this.#running(key);
  }

  isAgainst(key: string): boolean {
    return this.#running(key).against !== undefined;
  }

  /** How an activation in flight settles if nobody decides against it. */
  settles(key: string): ReturnType<typeof settledBy> {
    return settledBy(this.#running(key));
  }

  answerTo(key: string): unknown {
    return answerOf(placeOf(this.#units('suspended').find((unit) => unit.key === key)!));
  }

  get status(): 'running' | 'suspended' | 'cancelled' | 'failed' | 'success' {
    if (this.inFlight().length > 0) return 'running';
    if (this.#cancelled) return 'cancelled';
    if (this.root.failure) return 'failed';
    return this.root.isOver ? 'success' : 'suspended';
  }

  /** `abandoned` are those whose body was left behind. */
  take(keys: readonly string[], abandoned: readonly string[] = []): void {
    for (const unit of keys.map((key) => this.#running(key)).sort(byPlace)) {
      takeUnit(unit, abandoned.includes(unit.key));
      const call = this.calls.findLast(({ key }) => key === unit.key)!;
      call.exact = unit.against === undefined;
    }
    this.#startAll();
    this.#tell();
  }

  /** What the next segment begins with. */
  resume(keys: readonly string[]): void {
    const units = this.#units('suspended').filter(({ key }) => keys.includes(key));
    for (const unit of units) if (unit.phase === 'suspended') answer(unit, answerOf(placeOf(unit)));
  }

  /** The caller has cancelled before a segment began: its answers are not taken, and nothing of it ends. */
  refuse(): void {
    this.refused = this.suspended().length > 0;
    if (this.refused) this.#cancelled = true;
    else this.cancel();
  }

  /** The caller has cancelled, between two reports, or before the end was told. */
  cancel(): void {
    if (this.#cancelled || this.root.failure) return;
    this.#cancelled = true;
    abort(this.root);
    this.#tell();
  }

  #tell(): void {
    const now = this.#units('running').filter((unit) => unit.against && !this.#told.has(unit));
    for (const unit of now) this.#told.add(unit);
    this.cancelled.push(now.map(({ key }) => key));
  }

  #running(key: string): ModelUnit {
    const unit = this.#units('running').find((one) => one.key === key);
    if (!unit) throw new Error(`"${key}" is not in flight.`);
    return unit;
  }

  #units(phase: ModelUnit['phase']): ModelUnit[] {
    const all = this.root.tree.flatMap(({ visits }) => visits.flatMap(({ units }) => units));
    return all.filter((unit) => unit.phase === phase).sort(byPlace);
  }

  /** All starts happen when a report has been processed completely. */
  #startAll(): void {
    for (const flow of this.root.tree) startVisits(flow);
    // The innermost first: whether an item sleeps is seen by what is inside it.
    for (const flow of this.root.tree.toReversed()) flow.live().forEach(addItems);
    this.starts.push(this.#units('waiting').map((unit) => this.#start(unit)));
  }

  #start(unit: ModelUnit): string {
    const { key, visit, attempt, mode, index } = unit;
    unit.phase = 'running';
    const bodiless = visit.failing || mode === 'handler' || unit.fatal !== undefined || isOpener(unit);
    const { input, inputs, outputs, base, flow, items } = visit;
    const seen: Seen = {
      input,
      ...(inputs && { inputs }),
      ...(items && { item: items[index!], index }),
      outputs,
      state: flow.versions.copy(base),
    };
    const { attempt: to, handled } = isOpener(unit) ? { attempt } : settledBy(unit);
    const place = placeOf(unit);
    const failed = visit.failing && isPerItem(visit.step) ? { ...place, step: withoutHandler(visit.step) } : place;
    const handlers = handled ? handlersOf(failed) : [];
    this.calls.push({ key, from: attempt, to, handlers, state: seen.state, exact: false, ...(!bodiless && { seen }) });
    return key;
  }
}

const byPlace = (a: ModelUnit, b: ModelUnit): number => {
  const i = a.place.findIndex((part, at) => part !== b.place[at]);
  return i === -1 ? a.place.length - b.place.length : a.place[i] - (b.place[i] ?? -1);
};

/** C.1: in plan order, of one step in order of arrival. */
function startVisits(flow: ModelFlow): void {
  const { order } = flow.paths;
  const ready = flow.ready.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  flow.ready = [];
  for (const entry of ready) startVisit(flow, entry);
}

function startVisit(flow: ModelFlow, { name, input, inputs, failing = false }: Entry): void {
  const step = flow.paths.step(name);
  const visit: ModelVisit = {
    flow,
    step,
    number: flow.visits.filter((other) => other.step.name === name).length + 1,
    input,
    ...(inputs && { inputs }),
    failing,
    outputs: Object.fromEntries(flow.outputs),
    base: flow.versions.last,
    perItem: isPerItem(step) && !failing,
    units: [],
  };
  flow.visits.push(visit);
  addUnit(visit);
}

/** B.6 */
function addUnit(visit: ModelVisit, index?: number): void {
  const { flow, step, number } = visit;
  const { key: above, place = [] } = flow.caller ?? {};
  const own = `${step.name}${number > 1 ? `#${number}` : ''}${index === undefined ? '' : `[${index}]`}`;
  visit.units.push({
    visit,
    ...(index !== undefined && { index }),
    key: above === undefined ? own : `${above}/${own}`,
    place: [...place, flow.paths.order.indexOf(step.name), number, index ?? -1],
    phase: 'waiting',
    mode: 'body',
    attempt: 1,
  });
}

/** As many items at once as `concurrency` says; one that waits for an answer doesn't count. */
function addItems(visit: ModelVisit): void {
  if (!visit.items) return;
  const active = (): number => itemsOf(visit).filter((unit) => unit.phase !== 'over' && !isAsleep(unit)).length;
  while (hasMore(visit) && active() < (visit.step.concurrency ?? 16)) addUnit(visit, itemsOf(visit).length);
}
