import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import { checkEvents } from './check-events.js';
import { checkHandlings } from './check-handlings.js';
import { isOpener } from './model-units.js';
import type { ModelError } from './model-flow.js';
import { ModelRun } from './model-run.js';
import { tell, type Told } from './model-told.js';
import type { Played, Segment } from './run-graph.js';

/** Fails, showing both sides, where a real run and the model of the rules disagree. */
export function compareRun(played: Played): Told {
  const run = new ModelRun(played.graph);
  const waited: string[] = [];
  let told!: Told;
  for (const segment of played.segments) {
    const errors = run.root.errors.length;
    if (!isBegun(segment)) run.refuse();
    else if (segment.answered.length > 0) run.resume(segment.answered);
    run.start();
    const since = { starts: run.starts.length - 1, errors };
    waited.push(...replay(run, segment));
    told = tell(run);
    same(observed(segment), expected(told, segment, since));
  }
  // A body that had settled before its signal can't tell; when a caller cancels nobody knows who had.
  if (told.status !== 'cancelled') same(played.performance.aborted.toSorted(), waited.sort());
  same(played.performance.disturbed, []);
  same(played.performance.running, 0);
  compareCalls(played, told);
  checkHandlings(played, told);
  checkEvents(played, told);
  return told;
}

/** Whether anything of it came to be before the caller cancelled: the first starts, or what was answered. */
const isBegun = ({ cancelled, events }: Segment): boolean =>
  cancelled === undefined || events.some((event) => 'step' in event);

/** `expect` alone is too slow for a quarter of a million runs. */
export function same(actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted)) expect(actual).toStrictEqual(wanted);
}

/** Gives the model the very reports of the engine; says what it decided against while its body waited. */
function replay(run: ModelRun, { engine, cancelled }: Segment): string[] {
  const waited: string[] = [];
  engine.reports.every((report, i) => {
    if (cancelled === i) run.cancel();
    // What the model knows nothing of will be seen among the starts.
    if (report.some(({ key }) => !run.inFlight().includes(key))) return false;
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
    return true;
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
    starts: engine.starts.map((keys) => keys.toSorted()),
    status: result.status,
    failure: result.status === 'failed' ? stepOf(result.error) : undefined,
    ledger: plain(result.ledger),
    errors: result.errors.map(toError),
    outputs: { ...result.outputs },
    state: plain(result.state),
    asks: result.status === 'suspended' ? result.asks.map(({ key }) => key) : [],
  };
}

/** What the model says of it; `since` is how much had started and failed before. */
function expected(
  told: Told,
  { result }: Segment,
  since: { readonly starts: number; readonly errors: number },
): ReturnType<typeof observed> {
  return {
    starts: told.starts.slice(since.starts).map((keys) => keys.toSorted()),
    status: told.status as never,
    failure: told.failure,
    ledger: told.ledger as never,
    errors: told.errors.map(({ step, of, others }, i) => ({
      step,
      // A checkpoint tells of an error without its cause (D.5).
      ...(of && i >= since.errors && { of }),
      ...(others && { others: onlyOf(others, result.errors[i]) }),
    })),
    outputs: told.outputs,
    state: told.state as never,
    asks: result.status === 'suspended' ? [...told.asks] : [],
  };
}

/** Of several conflicting paths any may be named. */
function onlyOf(others: readonly string[], error: Error | undefined): readonly string[] {
  const named = error instanceof StateConflictError ? error.other : '';
  return [others.includes(named) ? named : others[0]];
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
    // The error of a child is its own.
    if (cause !== error && 'step' in cause) break;
    if (cause instanceof AggregateError) return { step: stepOf(error), of: (cause.errors as Error[]).map(stepOf) };
  }
  return { step: stepOf(error), ...(error instanceof StateConflictError && { others: [error.other] }) };
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
