import { StepError } from '../errors/step-error.js';
import { StepstreamError } from '../errors/stepstream-error.js';
import type { Engine } from '../ports/engine.js';
import type { VisitStatus } from '../run/ledger.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { toPlainError } from '../run/plain-error.js';
import type { Decision, Progress } from '../run/progress.js';
import type { StateStore } from '../state/state-store.js';
import { toPatch } from '../state/patch.js';
import { Activation, ROOT } from './activation.js';
import { advance, begin, isShut, recordVisit, takeReady, type Start } from './advance.js';
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
  for (const ready of takeReady(scope.plan, scope.progress)) {
    // Asked each time: the body that was just started may have cancelled the run.
    if (scope.ending) return;
    start(scope, ready);
  }
  scope.teller.passMoment();
}

function start(scope: WalkScope, { id, visit, given }: Start): void {
  const { store, live, engine, plan } = scope;
  const activation = new Activation(scope, plan.steps[id], visit, given, store.current, store.version);
  live.add(activation);
  engine.step(activation, invoke);
}

/** One outcome, completely: commit, ledger, advance, losers, failure (C.1). */
function processOutcome(scope: WalkScope, activation: Activation): void {
  const outcome = activation.outcome!;
  const { plan, progress } = scope;
  scope.live.remove(activation);
  if (activation.decided !== undefined) return drop(scope, activation, outcome);
  const conflict = outcome.error === undefined ? commit(scope, activation, outcome) : undefined;
  if (conflict !== undefined) return fail(scope, activation, conflict, 'failed');
  if (outcome.error === undefined) {
    noteVisit(scope, activation, outcome.status);
    tellEnd(scope, activation, outcome);
    const failure = advance(plan, progress, activation.step, outcome);
    if (failure !== undefined) return scope.fail(failure);
  } else {
    const status = outcome.status === 'abandoned' ? 'abandoned' : 'failed';
    noteVisit(scope, activation, status);
    const failure = advance(plan, progress, activation.step, outcome);
    if (failure !== undefined) return fail(scope, activation, outcome.error, status);
    // Survived: what it has streamed no longer counts, and that is said before its end (D.4).
    takeBack(activation, 'failed');
    tellFailure(scope, activation, outcome.error);
  }
  tellDecisions(scope);
}

const noteVisit = ({ progress }: WalkScope, { step, visit }: Activation, status: VisitStatus): void =>
  recordVisit(progress, step.id, visit, status);

/** The failure of a step that is the failure of the run. */
function fail(scope: WalkScope, activation: Activation, error: Error, status: 'failed' | 'abandoned'): void {
  noteVisit(scope, activation, status);
  tellFailure(scope, activation, error);
  scope.fail(error);
}

/** An outcome that was decided against is dropped, whatever it says (F.3). */
function drop(scope: WalkScope, activation: Activation, { status }: ActivationOutcome): void {
  const why = status === 'abandoned' || activation.leftBehind ? 'abandoned' : activation.decided!;
  noteVisit(scope, activation, why);
  if (activation.begun) scope.teller.step('step-cancel', activation, { why });
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

function tellEnd({ teller, outputs }: WalkScope, activation: Activation, outcome: ActivationOutcome): void {
  if (outcome.status === 'skipped') return teller.step('step-skip', activation, {});
  if (outcome.output !== undefined) outputs.add(activation.name, outcome.output);
  teller.stepEnd(activation, outcome.status as 'done' | 'recovered', outcome.output);
}

/** Tells of the joins that were decided, and cancels who has lost by it (C.6). */
function tellDecisions(scope: WalkScope): void {
  const { progress, live } = scope;
  const { decided } = progress;
  if (decided.length === 0) return;
  for (const decision of decided) tellJoin(scope, decision);
  const losers = live.filter(({ step, decided }) => decided === undefined && isShut(progress, step.id));
  if (losers.length === 0) return;
  for (const loser of losers) takeBack(loser, 'lost');
  scope.abort(losers, 'lost', new DOMException('another branch has won', 'AbortError'));
}

function tellJoin({ plan, teller }: WalkScope, { id, arrived, dead }: Decision): void {
  const namesOf = (ids: readonly number[]): readonly string[] =>
    Object.freeze(ids.map((step) => plan.steps[step].name));
  teller.run('join', { step: plan.steps[id].name, path: ROOT, arrived: namesOf(arrived), dead: namesOf(dead) });
}
