import type { RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { Blueprint, StepBlueprint } from '../scanner/blueprint.js';
import type { Merge } from '../scanner/pipeline-options.js';
import { analyseAnyJoins, type AnyJoins } from './analyse-any-joins.js';
import { blueprintGraph } from './blueprint-graph.js';
import { composeMiddleware } from './compose-middleware.js';
import { createFingerprint } from './create-fingerprint.js';
import { createHooks } from './create-hooks.js';
import { createShape, type Shape } from './create-shape.js';
import { findRepeats } from './find-repeats.js';
import type { Graph } from './graph.js';
import type { ChildPlan, EachPlan, Plan, PlanStep, RetryPlan, TimeoutPlan } from './plan.js';
import { findBeginnings } from './problems/find-beginnings.js';

const CANCEL_GRACE = 2_000;
const HOOK_TIMEOUT = 10_000;
const MAX_VISITS = 100;
const ITEMS_AT_ONCE = 16;

/** Makes the plan of a blueprint without problems: every default filled in, everything frozen. `children` are those of its sub-pipeline steps by name. */
export function createPlan(blueprint: Blueprint, children: ReadonlyMap<string, ChildPlan> = new Map()): Plan {
  const declared = blueprintGraph(blueprint);
  const beginnings = beginningsOf(blueprint, declared);
  const shape = createShape(declared, beginnings);
  const steps = createSteps(blueprint, shape, children);
  const { cancelGrace = CANCEL_GRACE, hookTimeout = HOOK_TIMEOUT, merge = {} } = blueprint.options;
  const begins = new Set(beginnings);
  return Object.freeze({
    v: 1,
    pipeline: blueprint.name,
    fingerprint: createFingerprint(steps),
    steps,
    loops: Object.freeze(shape.loops),
    entries: Object.freeze(steps.filter(({ id }) => begins.has(shape.order[id])).map(({ id }) => id)),
    ...createHooks(blueprint),
    catchAll: catchAllOf(blueprint),
    // Without a prototype: a field of the state may be called `constructor`.
    merge: Object.freeze(Object.assign(Object.create(null) as Record<string, Merge>, merge)),
    cancelGrace,
    hookTimeout,
  });
}

/** Where a run begins (C.8): of several beginnings those that say so, which without mistakes is all of them. */
function beginningsOf(blueprint: Blueprint, declared: Graph): readonly number[] {
  const found = findBeginnings(blueprint, declared);
  const said = found.filter(({ entry }) => entry);
  return (said.length > 0 ? said : found).flatMap(({ at }) => at);
}

function createSteps(
  { steps, options }: Blueprint,
  shape: Shape,
  children: ReadonlyMap<string, ChildPlan>,
): readonly PlanStep[] {
  const blueprints = shape.order.map((index) => steps[index]);
  const joins = blueprints.map(({ join }, id) => join ?? (shape.forward.parents[id].length > 1 ? 'all' : undefined));
  const anyJoins = analyseAnyJoins(shape, joins, (id) => canEnd(blueprints[id]));
  const repeats = findRepeats(shape, joins);
  const ids = new Map(blueprints.map(({ name }, id) => [name as string, id]));
  return Object.freeze(
    blueprints.map((step, id) =>
      Object.freeze({
        id,
        name: step.name as string,
        kind: step.kind,
        each: toEach(step),
        ...edgesOf(step, id, shape, ids),
        repeats: repeats[id],
        maxVisits: step.maxVisits ?? options.maxVisits ?? MAX_VISITS,
        answer: step.answer,
        middleware: composeMiddleware(options.middleware, step.middleware),
        child: children.get(step.name as string),
        join: joins[id],
        retry: toRetry(step.retry),
        timeout: toTimeout(step.timeout),
        onError: step.onError,
        concurrency: step.each ? undefined : step.concurrency,
        meta: step.meta,
        ...of(anyJoins, id),
      }),
    ),
  );
}

const of = ({ losers, survivor, doomed }: AnyJoins, id: number): Pick<PlanStep, keyof AnyJoins> => ({
  losers: losers[id],
  survivor: survivor[id],
  doomed: doomed[id],
});

/** A step with only gotos, or with a case for nothing, may lead nowhere (C.6). */
const canEnd = ({ to, cases, otherwise }: StepBlueprint): boolean =>
  cases === undefined ? to.length === 0 : otherwise === null || Object.values(cases).includes(null);

type Edges = Pick<PlanStep, 'to' | 'from' | 'next' | 'gotos' | 'jumps' | 'inner' | 'cases' | 'otherwise' | 'loop'>;

function edgesOf(
  { to, goto, cases, otherwise }: StepBlueprint,
  id: number,
  shape: Shape,
  ids: ReadonlyMap<string, number>,
): Edges {
  const idOf = (name: string | null): number | null => (name === null ? null : ids.get(name)!);
  const all = shape.children[id];
  const named = (names: readonly string[]): readonly number[] => {
    const own = new Set(names.map(idOf));
    return own.size === all.length ? all : Object.freeze(all.filter((target) => own.has(target)));
  };
  return {
    to: all,
    from: Object.freeze(shape.forward.parents[id]),
    next: named(to),
    gotos: named(goto),
    jumps: shape.jumps[id],
    inner: shape.inner[id],
    cases: cases && Object.freeze(mapValues(cases, idOf)),
    otherwise: otherwise === undefined ? undefined : idOf(otherwise),
    loop: shape.loopOf[id],
  };
}

/** Without a prototype: a key may be called `constructor`. */
function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  const mapped = Object.create(null) as Record<string, To>;
  for (const [key, value] of Object.entries(record)) mapped[key] = map(value);
  return mapped;
}

const toEach = ({
  each,
  concurrency = ITEMS_AT_ONCE,
  onItemError = 'fail',
  distributed = false,
}: StepBlueprint): EachPlan | undefined =>
  each ? Object.freeze({ concurrency, onItemError, distributed }) : undefined;

function toRetry(retry: number | RetryOptions | undefined): RetryPlan | undefined {
  if (retry === undefined) return undefined;
  const options: RetryOptions = typeof retry === 'number' ? { attempts: retry } : retry;
  const { attempts, delay = 0, backoff = 1, jitter = false, when } = options;
  return Object.freeze({ attempts, delay, backoff, jitter, when });
}

function toTimeout(timeout: number | TimeoutOptions | undefined): TimeoutPlan | undefined {
  if (timeout === undefined) return undefined;
  const options: TimeoutOptions = typeof timeout === 'number' ? { step: timeout } : timeout;
  const { step, firstToken, idle } = options;
  return Object.freeze({ step, firstToken, idle });
}

function catchAllOf({ handlers, steps }: Blueprint): string | undefined {
  const named = new Set<string | symbol | undefined>(steps.map(({ onError }) => onError));
  const catchAll = handlers.find(({ name }) => !named.has(name));
  return catchAll && String(catchAll.name);
}
