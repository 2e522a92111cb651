import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import { isOpener } from './model-units.js';
import type { ModelError } from './model-flow.js';
import { ModelRun } from './model-run.js';
import { tell, type Told } from './model-told.js';
import type { Played, Segment } from './run-graph.js';

/** Fails, showing both sides, where a real run and the model of the rules disagree. */
export function compareRun(played: Played): Told {
  const run = new ModelRun(played.graph);
  let told!: Told;
  for (const segment of played.segments) {
    if (segment.answered.length > 0) run.resume(segment.answered);
    const before = run.starts.length - 1;
    const waited = replay(run, segment);
    told = tell(run);
    same(observed(segment), expected(told, segment, before, waited));
  }
  same(played.performance.disturbed, []);
  compareCalls(played, told);
  return told;
}

/** `expect` alone is too slow for a quarter of a million runs. */
export function same(actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted)) expect(actual).toStrictEqual(wanted);
}

/** Gives the model the very reports of the engine; says what it decided against while its body waited. */
function replay(run: ModelRun, { engine, cancelled }: Segment): string[] {
  const waited: string[] = [];
  engine.reports.forEach((report, i) => {
    if (cancelled === i) run.cancel();
    const settled = report.map(({ key, status, stop }) => (run.isAgainst(key) ? { key } : { key, status, stop }));
    const wanted = report.map(({ key }) => (run.isAgainst(key) ? { key } : { key, ...settles(run, key) }));
    same(settled, wanted);
    const abandoned = report.filter(({ status }) => status === 'abandoned').map(({ key }) => key);
    const from = run.cancelled.length;
    run.take(
      report.map(({ key }) => key),
      abandoned,
    );
    const decided = run.cancelled.slice(from).flat();
    waited.push(...decided.filter((key) => engine.waiting[i].has(key)));
  });
  return waited;
}

function settles(run: ModelRun, key: string): { readonly status: string; readonly stop: boolean } {
  const unit = run.unit(key);
  if (isOpener(unit)) return { status: Array.isArray(unit.visit.input) ? 'opened' : 'failed', stop: false };
  const { status, stop = false } = run.settles(key);
  return { status, stop };
}

/** A segment of the real run in the model's words. */
function observed({ engine, result }: Segment) {
  return {
    starts: engine.starts,
    status: result.status,
    failure: result.error && stepOf(result.error),
    ledger: plain(result.ledger),
    errors: result.errors.map(toError),
    outputs: { ...result.outputs },
    state: plain(result.state),
    conflict: result.errors.flatMap((e) => (e instanceof StateConflictError ? [{ step: e.step, other: e.other }] : [])),
    asks: result.status === 'suspended' ? result.asks.map(({ key }) => key) : [],
  };
}

function expected(
  told: Told,
  { result }: Segment,
  before: number,
  waited: readonly string[],
): ReturnType<typeof observed> {
  void waited;
  return {
    starts: told.starts.slice(before).map((keys) => [...keys]),
    status: told.status as never,
    failure: told.failure,
    ledger: told.ledger as never,
    errors: told.errors.map((error) => ({ ...error })),
    outputs: told.outputs,
    state: told.state as never,
    conflict: told.conflict ? [conflictOf(told.conflict, result.errors)] : [],
    asks: [...told.asks],
  };
}

/** Of several conflicting paths any may be named. */
function conflictOf({ step, others }: NonNullable<Told['conflict']>, errors: readonly Error[]) {
  const named = errors.find((error) => error instanceof StateConflictError)?.other;
  return { step, other: named !== undefined && others.includes(named) ? named : others[0] };
}

const plain = (value: unknown): never => structuredClone(value) as never;

/** The step that an error is about: its own, or that of its cause. */
function stepOf(error: Error): string {
  if ('step' in error) return error.step as string;
  return error.cause instanceof Error ? stepOf(error.cause) : `? ${error.message}`;
}

/** With the failures that an any-join had survived, or those of an each's items, where they are its own error. */
function toError(error: Error): ModelError {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AggregateError) return { step: stepOf(error), of: (cause.errors as Error[]).map(stepOf) };
  }
  return { step: stepOf(error) };
}

/** What each body got to see, in each of its attempts. */
function compareCalls({ performance }: Played, { calls }: Told): void {
  const rest = new Map<string, typeof performance.calls>();
  for (const call of performance.calls) rest.set(call.key, [...(rest.get(call.key) ?? []), call]);
  for (const { key, from, to, seen, exact } of calls) {
    const got = rest.get(key) ?? [];
    for (let attempt = from; seen && attempt <= to; attempt++) {
      if (!exact && got[0]?.attempt !== attempt) break;
      same(got.shift(), { key, attempt, seen });
    }
  }
  same([...rest.values()].flat(), []);
}
