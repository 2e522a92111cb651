import type { AnyPipeline } from '../../decorators/context.js';
import { RunCancelledError, RunError, RunFailedError, RunTimeoutError } from '../errors/run-error.js';
import { RunStalledError } from '../errors/run-stalled-error.js';
import type { Plan } from '../plan/plan.js';
import type { Ledger, RunStatus, StepLedger, VisitStatus } from '../run/ledger.js';
import { toPlainError } from '../run/plain-error.js';
import type { Outputs } from '../run/outputs.js';
import { visitsOf, type Progress } from '../run/progress.js';
import type { RunResult, Warning } from '../run/result.js';
import type { Teller } from '../run/teller.js';
import type { Transcript } from '../run/transcript.js';
import type { UsageMeter } from '../run/usage-meter.js';
import type { StateStore } from '../state/state-store.js';
import { findWaiting, whyNotTaken } from './visits.js';

/** What has been decided of a run's end: the first decision counts. */
export interface Ending {
  readonly status: RunStatus;
  /** The first failure, or why the run was cancelled. */
  readonly error?: Error;
  /** Whether the holder of the run has ended it himself: then nothing is thrown at him (E.5). */
  readonly own?: boolean;
}

/** Says of every step what became of it (C.7). */
export function createLedger(flow: ConcludedFlow, status: RunStatus): Ledger<AnyPipeline> {
  const { plan, progress, itemCounts } = flow;
  const { visits } = progress;
  const { steps } = plan;
  let place = 0;
  while (place < steps.length && visits[place] === 'done') place++;
  // Most runs of a class end with all steps done: they share one ledger.
  if (place === steps.length && itemCounts === undefined) return allDoneLedger(plan);
  return Object.freeze(Object.fromEntries(steps.map(({ id, name }) => [name, ledgerOf(flow, id, status)])));
}

const allDone = new WeakMap<Plan, Ledger<AnyPipeline>>();

function allDoneLedger(plan: Plan): Ledger<AnyPipeline> {
  let ledger = allDone.get(plan);
  if (!ledger) {
    ledger = Object.freeze(Object.fromEntries(plan.steps.map(({ name }) => [name, visited('done')])));
    allDone.set(plan, ledger);
  }
  return ledger;
}

const visited = (status: VisitStatus): StepLedger => Object.freeze({ status, visits: Object.freeze([status]) });

function ledgerOf({ plan, progress, itemCounts }: ConcludedFlow, id: number, status: RunStatus): StepLedger {
  const visits = visitsOf(progress, id);
  const items = itemCounts?.[id];
  if (visits.length === 0)
    return Object.freeze({
      status: 'not taken',
      visits: Object.freeze([]),
      ...whyNotTaken(plan, progress, id, status),
    });
  if (visits.length === 1 && items === undefined) return visited(visits[0]);
  const counts = items && { items: Object.freeze({ ...items }) };
  return Object.freeze({ status: visits.at(-1)!, visits: Object.freeze([...visits]), ...counts });
}

/** A run that nobody has ended has succeeded, unless steps still wait for something that can't come. */
export function judgeEnd(plan: Plan, progress: Progress): Ending {
  const waiting = progress.stopped ? [] : findWaiting(plan, progress);
  if (waiting.length === 0) return { status: 'success' };
  const { pipeline, steps } = plan;
  const waits = waiting.map((id) => {
    const { name, from } = steps[id];
    return `"${name}" waits for ${from.map((parent) => `"${steps[parent].name}"`).join(', ')}`;
  });
  return { status: 'failed', error: new RunStalledError(pipeline, waits) };
}

/** The walk of a plan that has ended. */
export interface ConcludedFlow {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly store: StateStore;
  readonly outputs: Outputs;
  readonly itemCounts: readonly StepLedger['items'][] | undefined;
}

/** What a result is made of. */
export interface Concluded {
  readonly id: string;
  readonly root: ConcludedFlow;
  readonly transcript: Transcript;
  readonly meter: UsageMeter;
  readonly teller: Teller;
  readonly errors: readonly Error[];
  readonly abandoned: readonly string[] | undefined;
}

/** Everything that a run leaves behind, whatever its outcome. */
export function createResult(
  run: Concluded,
  { status, error }: Ending,
  duration: number,
  suspended: object | undefined,
): RunResult<AnyPipeline> {
  return {
    runId: run.id,
    status,
    state: run.root.store.current,
    outputs: run.root.outputs.upTo(run.root.outputs.count),
    text: run.transcript.text,
    texts: run.transcript.texts,
    usage: run.meter.total,
    ledger: createLedger(run.root, status),
    errors: run.errors,
    abandoned: run.abandoned ?? [],
    warnings: run.teller.warnings,
    duration,
    ...(error && { error }),
    ...suspended,
  } as RunResult<AnyPipeline>;
}

/** What a run that did not succeed rejects with; its `result` is the full one. */
export function createRunError(pipeline: string, { status, error }: Ending, result: RunResult<AnyPipeline>): RunError {
  const runError = errorFor(pipeline, status, error);
  Object.defineProperty(runError, 'result', { value: result, enumerable: false });
  return runError;
}

function errorFor(pipeline: string, status: RunStatus, error: Error | undefined): RunError {
  // A cancel or a timeout is its own error already.
  if (error instanceof RunError) return error;
  return new RunFailedError({
    code: 'RUN_FAILED',
    message: `This run of ${pipeline} has failed: ${error?.message ?? status}`,
    remedy: 'See `cause` for the first failure and `result` for everything else.',
    terse: true,
    cause: error,
  });
}

/** The error of a run that was cancelled, with the reason that was given as its cause. */
export const cancelledError = (pipeline: string, cause: unknown): RunCancelledError =>
  new RunCancelledError({
    code: 'RUN_CANCELLED',
    message: `This run of ${pipeline} was cancelled.`,
    remedy: 'See `cause` for the reason that was given, and `result` for what was done until then.',
    cause,
  });

/** The error of a run that has used up its `timeout` in milliseconds. */
export const timeoutError = (pipeline: string, timeout: number): RunTimeoutError =>
  new RunTimeoutError({
    code: 'RUN_TIMEOUT',
    message: `This run of ${pipeline} did not end within ${timeout} ms.`,
    remedy: 'Raise the option timeout of run(), or look at the ledger in `result` for the step that took the time.',
  });

/** A failed shutdown hook changes nothing of the outcome (G.3). */
export function toWarning(error: Error): Warning {
  return { code: 'SHUTDOWN_FAILED', message: error.message, error: toPlainError(error) };
}
