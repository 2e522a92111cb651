import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import { checkEvents } from './check-events.js';
import { checkHandlings } from './check-handlings.js';
import { settles } from './model-behaviour.js';
import type { ModelConflict, Replayed } from './model-graph.js';
import { ModelRun } from './model-run.js';
import type { Played } from './run-graph.js';

/** Fails, showing both sides, where a real run and the model of the rules disagree. */
export function compareRun(played: Played): Replayed {
  const { told, settled, failing } = replayed(played);
  same(settledOf(played, settled), settled);
  same(observed(played), expected(told, played));
  same(played.performance.disturbed, []);
  checkEvents(played, told);
  checkHandlings(played, told, failing);
  return told;
}

/** `expect` alone is too slow for a quarter of a million runs. */
export function same(actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted)) expect(actual).toStrictEqual(wanted);
}

/** The model's run over the same reports, and how each activation should have settled. */
function replayed({ graph, paths, engine, performance }: Played) {
  const model = new ModelRun(graph, paths);
  const settled: Record<string, string> = {};
  for (const report of engine.reports) {
    for (const { key } of report) {
      const { status, stop } = settles(graph, key, model.isFailing(key));
      const interrupted = performance.aborted.includes(key) && model.isAgainst(key);
      // A join that only fails has no body; what its handler was about to do when it was decided against is nobody's business.
      if (model.isFailing(key) && model.isAgainst(key)) continue;
      settled[key] = interrupted ? 'cancelled' : `${status}${stop ? ' and stop' : ''}`;
    }
    model.take(report);
  }
  return { told: model.told(), settled, failing: (name: string) => model.isFailing(name) };
}

/** How the activations that the model has a word on did settle. */
function settledOf({ engine }: Played, about: Readonly<Record<string, string>>): Record<string, string> {
  const all = engine.reports
    .flat()
    .map(({ key, status, stop }): [string, string] => [key, `${status}${stop ? ' and stop' : ''}`]);
  return Object.fromEntries(all.filter(([key]) => key in about));
}

/** The real run in the model's words. */
function observed({ engine, performance, result }: Played) {
  const errors = result.errors.map(stepOf);
  return {
    starts: engine.starts,
    begun: performance.begun,
    cancelled: [...performance.aborted].sort(),
    status: result.status,
    failure: result.error && stepOf(result.error),
    ledger: plain(result.ledger),
    errors,
    aggregates: Object.fromEntries(result.errors.flatMap((error) => aggregateOf(error))),
    outputs: { ...result.outputs },
    seen: performance.seen,
    versions: performance.versions,
    state: plain(result.state),
    conflict: result.errors.flatMap((e) => (e instanceof StateConflictError ? [{ step: e.step, other: e.other }] : [])),
  };
}

/** What the model says, reduced to what bodies can see. */
function expected(told: Replayed, { engine, result }: Played): ReturnType<typeof observed> {
  const bodies = told.starts.flat().filter((name) => name in told.seen);
  return {
    starts: told.starts.map((names) => [...names]),
    begun: bodies,
    // A body that had settled before its signal can't tell.
    cancelled: told.cancelled.flatMap((names, i) => names.filter((name) => engine.waiting[i].has(name))).sort(),
    status: told.status,
    failure: told.failure,
    ledger: told.ledger as never,
    errors: [...told.errors],
    aggregates: structuredClone(told.aggregates) as Record<string, string[]>,
    outputs: told.outputs,
    seen: told.seen,
    versions: Object.fromEntries(bodies.map((name) => [name, told.versions[name]])),
    state: told.state as never,
    conflict: told.conflict ? [conflictOf(told.conflict, result.errors)] : [],
  };
}

/** Of several conflicting paths any may be named. */
function conflictOf({ step, others }: ModelConflict, errors: readonly Error[]) {
  const named = errors.find((error) => error instanceof StateConflictError)?.other;
  return { step, other: named !== undefined && others.includes(named) ? named : others[0] };
}

const plain = (value: unknown): never => structuredClone(value) as never;

/** The step that an error is about: its own, or that of its cause. */
function stepOf(error: Error): string {
  if ('step' in error) return error.step as string;
  return error.cause instanceof Error ? stepOf(error.cause) : `? ${error.message}`;
}

/** The failures that an any-join had survived, where they are its own error. */
function aggregateOf(error: Error): [string, string[]][] {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AggregateError) return [[stepOf(error), (cause.errors as Error[]).map(stepOf)]];
  }
  return [];
}
