import type { RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { Blueprint, StepBlueprint } from '../scanner/blueprint.js';
import type { Merge } from '../scanner/pipeline-options.js';
import { analyseAnyJoins } from './analyse-any-joins.js';
import { blueprintGraph } from './blueprint-graph.js';
import { createFingerprint } from './create-fingerprint.js';
import { createHooks } from './create-hooks.js';
import { createGraph, type Graph } from './graph.js';
import { planOrder } from './plan-order.js';
import type { Plan, PlanStep, RetryPlan, TimeoutPlan } from './plan.js';

const CANCEL_GRACE = 2_000;
const HOOK_TIMEOUT = 10_000;

/** Makes the plan of a blueprint without problems: every default filled in, everything frozen. */
export function createPlan(blueprint: Blueprint): Plan {
  const declared = blueprintGraph(blueprint);
  const order = planOrder(declared);
  const graph = renumber(declared, order);
  const steps = createSteps(
    order.map((index) => blueprint.steps[index]),
    graph,
  );
  const { cancelGrace = CANCEL_GRACE, hookTimeout = HOOK_TIMEOUT, merge = {} } = blueprint.options;
  return Object.freeze({
    v: 1,
    pipeline: blueprint.name,
    fingerprint: createFingerprint(steps),
    steps,
    loops: Object.freeze([]),
    entries: Object.freeze(steps.filter(({ from }) => from.length === 0).map(({ id }) => id)),
    ...createHooks(blueprint),
    catchAll: catchAllOf(blueprint),
    // Without a prototype: a field of the state may be called `constructor`.
    merge: Object.freeze(Object.assign(Object.create(null) as Record<string, Merge>, merge)),
    cancelGrace,
    hookTimeout,
  });
}

/** The same graph in plan order. */
function renumber({ children }: Graph, order: readonly number[]): Graph {
  const ids: number[] = [];
  order.forEach((index, id) => (ids[index] = id));
  return createGraph(order.map((index) => children[index].map((child) => ids[child]).sort((a, b) => a - b)));
}

function createSteps(blueprints: readonly StepBlueprint[], { children, parents }: Graph): readonly PlanStep[] {
  const joins = blueprints.map(({ join }, id) => join ?? (parents[id].length > 1 ? 'all' : undefined));
  const { losers, survivor, doomed } = analyseAnyJoins({ children, parents }, joins);
  return Object.freeze(
    blueprints.map((step, id) =>
      Object.freeze({
        id,
        name: step.name as string,
        kind: step.kind,
        to: Object.freeze(children[id]),
        from: Object.freeze(parents[id]),
        next: Object.freeze(children[id]),
        gotos: Object.freeze([]),
        jumps: Object.freeze([]),
        maxVisits: 100,
        join: joins[id],
        retry: toRetry(step.retry),
        timeout: toTimeout(step.timeout),
        onError: step.onError,
        concurrency: step.concurrency,
        meta: step.meta,
        losers: losers[id],
        survivor: survivor[id],
        doomed: doomed[id],
      }),
    ),
  );
}

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
