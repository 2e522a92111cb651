import type { ModelAct, ModelGraph, ModelHandler, ModelStep, Write } from './model-graph.js';
import { targetsOf } from './model-loops.js';

/** What became of one call of a body with all its attempts and handlers, if nobody decided against it. */
export interface Settled {
  readonly status: 'done' | 'recovered' | 'skipped' | 'failed' | 'suspended' | 'called';
  readonly writes: readonly Write[];
  /** Absent where there is none: after `skip()`, `stop()` and `goto()`. */
  readonly output?: unknown;
  readonly goto?: { readonly target: string; readonly input: unknown };
  readonly stop?: true;
  /** The attempt that was the last. */
  readonly attempt: number;
  /** Whether it failed before handlers were asked. */
  readonly handled?: true;
}

/** Where a body is called: everything that it may make its behaviour depend on. */
export interface Place {
  readonly graph: ModelGraph;
  readonly step: ModelStep;
  readonly key: string;
  readonly visit: number;
  readonly index?: number;
}

export const isPerItem = ({ kind, each }: ModelStep): boolean => kind === 'each' || each === true;

export function actOf({ step: { acts }, visit, index }: Pick<Place, 'step' | 'visit' | 'index'>): ModelAct {
  return index === undefined ? acts[Math.min(visit, acts.length) - 1] : acts[(visit - 1 + index) % acts.length];
}

/** How many attempts fail before the body does what it does. */
export function failuresOf(place: Pick<Place, 'step' | 'visit' | 'index'>): number {
  const { does, failures = 0 } = actOf(place);
  return does === 'fail' ? Infinity : failures;
}

/** What a step gives: an array where a step behind it runs per item. */
export function valueOf({ graph, step, key, index }: Place, mark: string, size = 2): unknown {
  const behind = targetsOf(step).some((name) => isPerItem(graph.steps.find((other) => other.name === name)!));
  const many = behind && index === undefined;
  return many ? Array.from({ length: size }, (_, i) => `${key}${mark}${i}`) : `${key}${mark}`;
}

/** What a suspended step is answered with; a key that a switch doesn't know is no answer. */
export function answerOf(place: Place): unknown {
  const { key, size } = actOf(place);
  const { kind, cases } = place.step;
  if (kind !== 'switch') return valueOf(place, '?', size);
  return knows(place.step, key!) ? key : Object.keys(cases!)[0];
}

/** A body that is called for the first time, or in a later attempt. */
export function settle(place: Place, from = 1): Settled {
  const { step } = place;
  const { attempts = 1 } = step;
  const attempt = Math.max(from, failuresOf(place) + 1);
  if (attempt > attempts) return handle(place, attempts);
  const act = actOf(place);
  const { does, writes, key, size } = act;
  if (does === 'suspend') return { status: 'suspended', writes, attempt };
  if (does === 'skip') return { status: 'skipped', writes, attempt };
  if (does === 'stop') return { status: 'done', stop: true, writes, attempt };
  if (does === 'goto') {
    const input = act.bare ? undefined : valueOf(place, '>', size);
    return { status: 'done', goto: { target: act.target!, input }, writes, attempt };
  }
  if (step.kind === 'sub') return { status: 'called', writes, attempt };
  if (step.kind !== 'switch') return { status: 'done', output: valueOf(place, '!', size), writes, attempt };
  return knows(step, key!) ? { status: 'done', output: key, writes, attempt } : handle(place, attempts);
}

/** B.4: a key that no case has and no default takes is a failure. */
const knows = ({ cases = {}, otherwise }: ModelStep, key: string): boolean =>
  Object.hasOwn(cases, key) || otherwise !== undefined;

/** D.2: the handler whose word counts: the named one, or the catch-all where that throws or is missing. */
export function handlerOf({ graph, step }: Pick<Place, 'graph' | 'step'>): ModelHandler | undefined {
  return step.handler && step.handler.does !== 'throw' ? step.handler : graph.catchAll;
}

/** D.2: the handlers that are called, one after the other, when a step has failed. */
export function handlersOf({ graph, step }: Pick<Place, 'graph' | 'step'>): readonly string[] {
  const named = step.handler ? [`on${step.name.toUpperCase()}`] : [];
  return graph.catchAll && (!step.handler || step.handler.does === 'throw') ? [...named, 'onAny'] : named;
}

/** What the handlers make of a failure. */
export function handle(place: Place, attempt: number): Settled {
  const { does = 'throw', writes = [], target, key } = handlerOf(place) ?? {};
  const facts = { writes, attempt, handled: true } as const;
  if (does === 'skip') return { status: 'skipped', ...facts };
  if (does === 'stop') return { status: 'recovered', stop: true, ...facts };
  if (does === 'goto') return { status: 'recovered', goto: { target: target!, input: valueOf(place, '~') }, ...facts };
  if (does !== 'recover') return { status: 'failed', ...facts, writes: [] };
  return { status: 'recovered', output: place.step.kind === 'switch' ? key : valueOf(place, '~'), ...facts };
}

export function withoutHandler({ handler: _, ...step }: ModelStep): ModelStep {
  return step;
}
