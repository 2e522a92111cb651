import { brandAsEnding } from '../errors/ends-run.js';
import { StepError } from '../errors/step-error.js';
import { StepstreamError } from '../errors/stepstream-error.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { toPlainError } from '../run/plain-error.js';
import type { Decision } from '../run/progress.js';
import { toPatch } from '../state/patch.js';
import type { Activation } from './activation.js';
import { advance, isShut, recordVisit } from './advance.js';
import { decideAgainst, failFlow, takeBackAll } from './decide-against.js';
import { flowOf, type Flow } from './flow.js';
import { remember, takeBack } from './take-back.js';
import type { WalkScope } from './walk-scope.js';

/** One outcome of a visit, completely: commit, ledger, advance, losers, failure (C.1). */
export function endStep(run: WalkScope, activation: Activation, outcome: ActivationOutcome): void {
  const flow = flowOf(activation);
  flow.alive--;
  activation.close();
  if (activation.decided !== undefined) drop(run, activation, outcome);
  else if (outcome.error !== undefined) endBadly(run, flow, activation, outcome);
  else endWell(run, flow, activation, outcome);
  if (flow.alive === 0) flow.store.settle();
}

function endWell(run: WalkScope, flow: Flow, activation: Activation, outcome: ActivationOutcome): void {
  const conflict = commit(run, flow, activation, outcome);
  if (conflict !== undefined) return fail(run, activation, conflict, 'failed');
  if (outcome.status === 'suspended') return suspend(run, flow, activation, outcome);
  recordVisit(flow.progress, activation.step.id, activation.visit, outcome.status as 'done');
  remember(activation);
  tellEnd(run, flow, activation, outcome);
  follow(run, flow, activation, outcome);
}

function endBadly(run: WalkScope, flow: Flow, activation: Activation, outcome: ActivationOutcome): void {
  const error = outcome.error!;
  const status = outcome.status === 'abandoned' ? 'abandoned' : 'failed';
  if (outcome.fatal) return fail(run, activation, error, status);
  recordVisit(flow.progress, activation.step.id, activation.visit, status);
  const failure = advance(flow.plan, flow.progress, activation.step, outcome);
  if (failure === error) return fail(run, activation, error, status);
  // Survived: what it has streamed no longer counts, and that is said before its end (D.4).
  takeBack(activation, 'failed');
  // An each has ended before those of its items that it has aborted.
  if (activation.step.each !== undefined) takeBackAll(run, flow, ({ each }) => each === activation, 'failed');
  tellFailure(run, activation, error);
  tellDecisions(run, flow);
  // The round that it has ended was one too many.
  if (failure !== undefined) return overrun(run, flow, failure);
  run.agenda.addReady(flow);
}

/** What follows from a visit that has ended well. */
function follow(run: WalkScope, flow: Flow, activation: Activation, outcome: ActivationOutcome): void {
  const failure = advance(flow.plan, flow.progress, activation.step, outcome);
  // Who has lost has lost, also if the next visit is one too many (C.1).
  tellDecisions(run, flow);
  if (failure !== undefined) return overrun(run, flow, failure);
  if (flow.progress.ready.length > 0) run.agenda.addReady(flow);
}

/** One visit too many is a failure of no step: it is noted here, for a child's steps around it may never come to fail by it. */
function overrun(run: WalkScope, flow: Flow, failure: Error): void {
  run.errors.push(failure);
  failFlow(run, flow, failure);
}

/** A visit waits for its answer; after a stop nobody will ask for it (C.7). */
function suspend(run: WalkScope, flow: Flow, activation: Activation, { suspension }: ActivationOutcome): void {
  const { step, visit } = activation;
  const { stopped } = flow.progress;
  remember(activation);
  recordVisit(flow.progress, step.id, visit, stopped ? 'skipped' : 'suspended');
  if (stopped) return run.teller.step('step-skip', activation, {});
  activation.suspension = suspension;
  (flow.suspended ??= []).push(activation);
  run.teller.step('step-suspend', activation, { ...suspension! });
}

/** The failure of a step that is the failure of its pipeline. */
function fail(run: WalkScope, activation: Activation, error: Error, status: 'failed' | 'abandoned'): void {
  const flow = flowOf(activation);
  recordVisit(flow.progress, activation.step.id, activation.visit, status);
  remember(activation);
  tellFailure(run, activation, error);
  failFlow(run, flow, error);
}

/** An outcome that was decided against is dropped, whatever it says (F.3). */
function drop(run: WalkScope, activation: Activation, { status }: ActivationOutcome): void {
  const why = status === 'abandoned' || activation.leftBehind ? 'abandoned' : activation.decided!;
  recordVisit(flowOf(activation).progress, activation.step.id, activation.visit, why);
  remember(activation);
  if (activation.begun) run.teller.step('step-cancel', activation, { why });
}

/** Commits what the activation has changed; a conflict, or a merge that throws, is the run's failure (A.4). */
function commit(
  run: WalkScope,
  { store, alive }: Flow,
  activation: Activation,
  { changes, changesByItem }: ActivationOutcome,
): Error | undefined {
  const all = changesByItem ?? (changes === undefined ? [] : [changes]);
  if (all.length === 0) return undefined;
  const told = run.teller.hears('state-change');
  // Commits of one report write into each other's new objects, unless each has to be told.
  if (told) store.publish();
  const before = store.current;
  try {
    store.commitAll(activation.name, activation.base, activation.baseVersion, all, alive > 0);
  } catch (error) {
    return StepstreamError.is(error) ? error : mergeFailure(activation, error);
  }
  if (told) run.teller.step('state-change', activation, { patch: Object.freeze(toPatch(before, store.current)) });
  return undefined;
}

function mergeFailure({ name }: Activation, cause: unknown): StepstreamError {
  const error = new StepstreamError({
    code: 'MERGE_FAILED',
    message: `A merge function of static pipeline has thrown while the changes of "${name}" were committed.`,
    remedy: 'Make it a pure function (base, committed, mine) that returns plain data; see `cause`.',
    cause,
  });
  // As a conflict, also where it is in a child (A.4).
  brandAsEnding(error);
  return error;
}

/** The author's own error is what an event tells of; the step stands beside it. */
export function tellFailure({ teller, errors }: WalkScope, activation: Activation, error: Error): void {
  if (!errors.includes(error)) errors.push(error);
  const { name: step, attempt } = activation;
  const own = error instanceof StepError && error.code === 'STEP_FAILED' ? error.cause : error;
  teller.step('step-error', activation, { error: toPlainError(own, { step, attempt }), handled: false });
}

function tellEnd({ teller }: WalkScope, { outputs }: Flow, activation: Activation, outcome: ActivationOutcome): void {
  if (outcome.status === 'skipped') return teller.step('step-skip', activation, {});
  if (outcome.output !== undefined) outputs.add(activation.name, outcome.output);
  teller.stepEnd(activation, outcome.status as 'done' | 'recovered', outcome.output);
}

/** Tells of the joins that were decided, and cancels who has lost by it (C.6). */
function tellDecisions(run: WalkScope, flow: Flow): void {
  const { progress } = flow;
  if (progress.decided.length === 0) return;
  for (const decision of progress.decided) tellJoin(run, flow, decision);
  const reason = new DOMException('another branch has won', 'AbortError');
  decideAgainst(run, flow, { of: ({ step }) => isShut(progress, step.id), decided: 'lost', reason });
}

function tellJoin({ teller }: WalkScope, { plan, path }: Flow, { id, arrived, dead }: Decision): void {
  const { pipeline } = plan;
  const namesOf = (ids: readonly number[]): readonly string[] =>
    Object.freeze(ids.map((step) => plan.steps[step].name));
  teller.run('join', { pipeline, step: plan.steps[id].name, path, arrived: namesOf(arrived), dead: namesOf(dead) });
}
