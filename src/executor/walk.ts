import { StepError } from '../errors/step-error.js';
import { StepstreamError } from '../errors/stepstream-error.js';
import type { PlanStep } from '../plan/plan.js';
import type { Engine } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { toPlainError } from '../run/plain-error.js';
import type { Progress } from '../run/progress.js';
import type { StateStore } from '../state/state-store.js';
import { toPatch } from '../state/patch.js';
import { Activation, ROOT, type Given } from './activation.js';
import { advance, begin, DEAD, SHUT, takeReady } from './advance.js';
import { invoke } from './invoke.js';
import type { Live } from './live.js';
import type { RunScope } from './run-scope.js';
import { sorted } from './sorted.js';
import { takeBack } from './take-back.js';

/** What the walk needs of its run besides what activations do. */
export interface WalkScope extends RunScope {
  readonly engine: Engine<Activation>;
  readonly progress: Progress;
  readonly store: StateStore;
  readonly live: Live;
  /** Outputs by step id, for the steps behind. */
  readonly outputOf: unknown[];
  readonly errors: Error[];
  /** Whether the run's end is decided: nothing starts any more. */
  readonly ending: boolean;
  /** Ends the run as failed. */
  fail(error: Error): void;
  /** Aborts these activations within one grace. */
  abort(activations: readonly Activation[], decided: 'cancelled' | 'lost', reason: unknown): void;
}

/**
 * Walks a plan to its end: takes the engine's reports one by one and starts what becomes ready. Everything is decided
 * here, in the order of the reports, and nothing is ever started from a settling promise; so replay, resume and another
 * engine see the same. Never rejects: an engine that fails is the failure of the run.
 */
export function walk(scope: WalkScope): Promise<void> {
  const { plan, progress, engine, live } = scope;
  begin(plan, progress);
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      // Nothing can be reported any more, so what is alive is aborted and left.
      scope.fail(error as Error);
      resolve();
    };
    const take = (report: readonly Activation[]): void => {
      try {
        processReport(scope, report);
        if (live.count > 0) engine.next(take, fail);
        else resolve();
      } catch (error) {
        fail(error);
      }
    };
    take(NOTHING_YET);
  });
}

const NOTHING_YET: readonly Activation[] = [];

/** One report, completely, and then the starts that follow from it. */
function processReport(scope: WalkScope, report: readonly Activation[]): void {
  for (const activation of sorted(report, inPlanOrder)) processOutcome(scope, activation);
  scope.store.publish();
  if (scope.live.count === 0) scope.store.settle();
  startReady(scope);
}

/** Plan order, then visit (C.1). */
const inPlanOrder = (a: Activation, b: Activation): number => a.step.id - b.step.id || a.visit - b.visit;

function startReady(scope: WalkScope): void {
  for (const id of takeReady(scope.progress)) {
    // Asked each time: the body that was just started may have cancelled the run.
    if (scope.ending) return;
    start(scope, scope.plan.steps[id]);
  }
  scope.teller.passMoment();
}

function start(scope: WalkScope, step: PlanStep): void {
  const { store, live, engine } = scope;
  const activation = new Activation(scope, step, givenTo(scope, step), store.current, store.version);
  live.add(activation);
  engine.step(activation, invoke);
}

const byId = (a: number, b: number): number => a - b;

const NOTHING: Given = Object.freeze({ input: undefined });

/** What arrived (B.2): the first in plan order as `input`, all of a join by name. */
function givenTo({ plan, progress, outputOf }: WalkScope, { id, from, join }: PlanStep): Given {
  if (join === undefined) {
    const input = from.length === 0 ? undefined : outputOf[from[0]];
    return input === undefined ? NOTHING : { input };
  }
  const arrived = progress.arrivals[id];
  if (arrived === undefined) return { input: undefined, inputs: {}, failure: failureOf(plan.steps[id], progress) };
  const inOrder = sorted(arrived, byId);
  const inputs: Record<string, unknown> = {};
  for (const parent of inOrder) inputs[plan.steps[parent].name] = outputOf[parent];
  // Frozen, for all attempts and handlers of the step share it.
  return { input: outputOf[inOrder[0]], inputs: Object.freeze(inputs) };
}

const failureOf = ({ id, name }: PlanStep, { survived }: Progress): AggregateError =>
  new AggregateError(survived[id] ?? [], `every branch that leads to "${name}" has failed`);

/** One outcome, completely: commit, ledger, advance, losers, failure (C.1). */
function processOutcome(scope: WalkScope, activation: Activation): void {
  const outcome = activation.outcome!;
  const { plan, progress } = scope;
  scope.live.remove(activation);
  if (activation.decided !== undefined) return drop(scope, activation, outcome);
  const conflict = outcome.error === undefined ? commit(scope, activation, outcome) : undefined;
  if (conflict !== undefined) return fail(scope, activation, conflict, 'failed');
  if (outcome.error === undefined) {
    progress.visits[activation.step.id] = outcome.status;
    tellEnd(scope, activation, outcome);
    advance(plan, progress, activation.step, outcome);
  } else {
    const status = outcome.status === 'abandoned' ? 'abandoned' : 'failed';
    progress.visits[activation.step.id] = status;
    if (advance(plan, progress, activation.step, outcome) === 'fails')
      return fail(scope, activation, outcome.error, status);
    // Survived: what it has streamed no longer counts, and that is said before its end (D.4).
    takeBack(activation, 'failed');
    tellFailure(scope, activation, outcome.error);
  }
  tellDecisions(scope);
}

/** The failure of a step that is the failure of the run. */
function fail(scope: WalkScope, activation: Activation, error: Error, status: 'failed' | 'abandoned'): void {
  scope.progress.visits[activation.step.id] = status;
  tellFailure(scope, activation, error);
  scope.fail(error);
}

/** An outcome that was decided against is dropped, whatever it says (F.3). */
function drop({ progress, teller }: WalkScope, activation: Activation, { status }: ActivationOutcome): void {
  const why = status === 'abandoned' || activation.leftBehind ? 'abandoned' : activation.decided!;
  progress.visits[activation.step.id] = why;
  if (activation.begun) teller.step('step-cancel', activation, { why });
}

/** Commits what the activation has changed; a conflict, or a merge that throws, is the run's failure (A.4). */
function commit(scope: WalkScope, activation: Activation, { changes }: ActivationOutcome): Error | undefined {
  if (changes === undefined) return undefined;
  const { store, live, teller } = scope;
  const told = teller.hears('state-change');
  // Commits of one report write into each other's new objects, unless each has to be told.
  if (told) store.publish();
  const before = store.current;
  try {
    store.commit(activation.name, activation.base, activation.baseVersion, changes, live.count > 0);
  } catch (error) {
    return StepstreamError.is(error) ? error : mergeFailure(activation, error);
  }
  if (told) teller.step('state-change', activation, { patch: Object.freeze(toPatch(before, store.current)) });
  return undefined;
}

const mergeFailure = ({ name }: Activation, cause: unknown): StepstreamError =>
  new StepstreamError({
    code: 'MERGE_FAILED',
    message: `A merge function of static pipeline has thrown while the changes of "${name}" were committed.`,
    remedy: 'Make it a pure function (base, committed, mine) that returns plain data; see `cause`.',
    cause,
  });

/** The author's own error is what an event tells of; the step stands beside it. */
function tellFailure({ teller, errors }: WalkScope, activation: Activation, error: Error): void {
  errors.push(error);
  const { name: step, attempt } = activation;
  const own = error instanceof StepError && error.code === 'STEP_FAILED' ? error.cause : error;
  teller.step('step-error', activation, { error: toPlainError(own, { step, attempt }), handled: false });
}

function tellEnd({ teller, outputs, outputOf }: WalkScope, activation: Activation, outcome: ActivationOutcome): void {
  if (outcome.status === 'skipped') return teller.step('step-skip', activation, {});
  if (outcome.output !== undefined) {
    outputs.add(activation.name, outcome.output);
    outputOf[activation.step.id] = outcome.output;
  }
  teller.stepEnd(activation, outcome.status as 'done' | 'recovered', outcome.output);
}

/** Tells of the joins that were decided, and cancels who has lost by it (C.6). */
function tellDecisions(scope: WalkScope): void {
  const { plan, progress, live } = scope;
  const { decided } = progress;
  if (decided.length === 0) return;
  for (const id of decided) tellJoin(scope, plan.steps[id]);
  const losers = live.filter(({ step, decided }) => decided === undefined && (progress.flags[step.id] & SHUT) !== 0);
  if (losers.length === 0) return;
  for (const loser of losers) takeBack(loser, 'lost');
  scope.abort(losers, 'lost', new DOMException('another branch has won', 'AbortError'));
}

function tellJoin({ plan, progress, teller }: WalkScope, { id, name, from }: PlanStep): void {
  const nameOf = (parent: number): string => plan.steps[parent].name;
  const arrived = (progress.arrivals[id] ?? []).map(nameOf);
  const dead = from.filter((parent) => closed(progress, parent)).map(nameOf);
  teller.run('join', { step: name, path: ROOT, arrived: Object.freeze(arrived), dead: Object.freeze(dead) });
}

/** Whether no arrival can come from this step any more, and none has. */
function closed({ visits, flags }: Progress, id: number): boolean {
  if (flags[id] & DEAD) return true;
  return visits[id] !== undefined && visits[id] !== 'done' && visits[id] !== 'recovered';
}
