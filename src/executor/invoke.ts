import type { AnyPipeline } from '../../decorators/context.js';
import type { Call } from '../../decorators/directive.js';
import { endsRun } from '../errors/ends-run.js';
import type { StepError } from '../errors/step-error.js';
import type { Settle } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { isPromiseLike } from '../run/is-promise-like.js';
import { CANCELLED, type Activation } from './activation.js';
import { admit } from './admit.js';
import { Attempt } from './attempt.js';
import { Again, feedsEach, judge, NotRecovered } from './judge.js';
import { expire } from './expire.js';
import { Limits } from './limits.js';
import { pullItem } from './pull-item.js';
import type { Body } from './run-scope.js';
import { enterChild } from './enter-child.js';
import { itemSourceOf, LazySource } from './item-source.js';
import { notAMethod, notIterable, streamRefusal, takeOwn } from './mistake.js';
import { asStepError, plainErrorOf, readable, withCause } from './step-failure.js';
import { StepContext } from './step-context.js';
import { takeBack } from './take-back.js';
import { mayTryAgain } from './may-try-again.js';
import { delayOf, tryAgain, worthIt } from './retrying.js';
import { isStream, TokenStream } from './token-stream.js';
import { wrapInMiddleware } from './wrap-in-middleware.js';

/** Runs one activation to its outcome: its attempts, then its handlers. Never throws, whatever the body does. */
export function invoke(activation: Activation, settle: Settle<Activation>): void {
  activation.report = settle;
  admit(activation, activation.source instanceof LazySource ? pull : begin);
}

/** The sub-pipeline of this activation has failed: another attempt, a handler, or the end. */
export function invokeFailed(activation: Activation, settle: Settle<Activation>, error: Error): void {
  activation.report = settle;
  failed(activation.current as Attempt, error);
}

/** A suspension has expired: only a handler can still give the step an output. */
export function invokeExpired(activation: Activation, settle: Settle<Activation>, error: Error): void {
  activation.report = settle;
  activation.begun = true;
  giveUp((activation.current = new Attempt(activation, 'body')), error);
}

const pull = (activation: Activation): void => pullItem(activation, begin);

/** Tells of the start and calls the body; what is wrong before that is the failure of the step. */
function begin(activation: Activation, wrong?: unknown): void {
  const { run, given, step } = activation;
  const attempt = new Attempt(activation, 'body');
  activation.current = attempt;
  activation.begun = true;
  run.teller.stepStart(activation);
  if (activation.endIfDecided()) return;
  const failure = wrong ?? given.failure;
  if (step.each !== undefined && activation.each === undefined) open(attempt, failure);
  else if (failure !== undefined) giveUp(attempt, failure);
  else call(attempt, bodyOf(activation));
}

/** Looked up at each call, so that whoever replaces a method of the instance is obeyed. */
const bodyOf = ({ flow, step }: Activation): Body => (flow.instance as Record<string, Body>)[step.name];

/** An each only looks at its input; its items are activations of their own. */
function open(attempt: Attempt, failure: unknown): void {
  const { activation } = attempt;
  const { input } = activation.given;
  try {
    if (failure !== undefined) return askCatchAll(attempt, failure);
    activation.source = itemSourceOf(input);
    if (activation.source === undefined) throw notIterable(attempt, input);
  } catch (error) {
    // A named handler stands in for an item (D.3).
    return askCatchAll(attempt, error);
  }
  activation.handOn({ status: 'opened' });
}

/** Calls a body; whatever it returns or throws, now or later, is the attempt's end. */
function call(attempt: Attempt, body: Body): void {
  const { step, run, flow } = attempt.activation;
  if (attempt.role === 'body') {
    run.meter.begin(run.clock);
    if (step.timeout !== undefined)
      attempt.limits = new Limits(run.clock, step.timeout, (limit) => expire(attempt, limit, failed));
  }
  if (typeof body !== 'function') return failed(attempt, notAMethod(attempt));
  let value: unknown;
  try {
    value = attempt.wrapped
      ? wrapInMiddleware(attempt, step.middleware!, body)
      : body.call(flow.instance, new StepContext(attempt));
  } catch (error) {
    return failed(attempt, error);
  }
  if (value === undefined && step.kind === 'step') return returned(attempt, undefined);
  follow(attempt, value);
}

/** What a body has given: the tokens of a stream, a promise of its value, or the value. */
function follow(attempt: Attempt, value: unknown): void {
  try {
    if (!isPromiseLike(value)) return isStream(value) ? stream(attempt, value) : returned(attempt, value);
    value.then(
      // Around a stream a middleware may be plain: what it promises is then the stream.
      (awaited) => (attempt.wrapped && isStream(awaited) ? stream(attempt, awaited) : returned(attempt, awaited)),
      (error: unknown) => failed(attempt, error),
    );
  } catch (error) {
    // A `then` that throws, as a getter or when it is called.
    failed(attempt, error);
  }
}

const STREAM_END = { returned, failed };

function stream(attempt: Attempt, generator: AsyncGenerator<unknown, unknown, undefined>): void {
  const { role, activation } = attempt;
  // It has not streamed it, but returned it as the items of the each behind it.
  if (role === 'body' && activation.step.kind === 'step' && feedsEach(attempt)) return returned(attempt, generator);
  const refused = streamRefusal(attempt);
  if (refused !== undefined) return refuseStream(attempt, generator, refused);
  attempt.stream = new TokenStream(attempt, generator, STREAM_END);
  if (attempt.aborted) attempt.stream.leave();
  else attempt.stream.pull();
}

/** Fails once the generator is left: middleware may have begun something already. */
function refuseStream(attempt: Attempt, generator: AsyncGenerator<unknown, unknown, undefined>, why: StepError): void {
  const refuse = (): void => failed(attempt, why);
  attempt.stream = new TokenStream(attempt, generator, { returned: refuse, failed: refuse });
  attempt.stream.leave();
}

/** The attempt has ended well, unless it was decided against or is out of time (D.6). */
function returned(attempt: Attempt, value: unknown): void {
  if (!attempt.counts) return;
  const { activation } = attempt;
  if (activation.decided !== undefined) return end(attempt, CANCELLED);
  if (attempt.expired !== undefined) return failed(attempt, attempt.expired);
  let outcome: ActivationOutcome;
  try {
    outcome = judge(attempt, value);
  } catch (error) {
    return error instanceof Again ? askedAgain(attempt, error) : failed(attempt, error);
  }
  if (outcome.status === 'called') enter(attempt, outcome, value as Call<AnyPipeline>);
  else end(attempt, outcome);
}

/** The step has returned `retry()`. */
function askedAgain(attempt: Attempt, { error, delay }: Again): void {
  const { retry } = attempt.activation.step;
  if (retry === undefined || !mayTryAgain(attempt)) return giveUp(attempt, error);
  attempt.endLimits();
  tryAgain(attempt, error, delay ?? delayOf(attempt, retry), beginAgain);
}

/** A sub-pipeline step has returned `call()`: the walk runs the child once its instance is up. */
function enter(attempt: Attempt, outcome: ActivationOutcome, directive: Call<AnyPipeline>): void {
  const { activation } = attempt;
  const entered = (error?: unknown): void => {
    attempt.hooks = undefined;
    if (!attempt.counts) return;
    if (activation.decided !== undefined) return end(attempt, CANCELLED);
    if (attempt.expired !== undefined || error !== undefined) return failed(attempt, attempt.expired ?? error);
    attempt.endLimits();
    activation.handOn(outcome);
  };
  try {
    enterChild(attempt, directive, entered);
  } catch (error) {
    failed(attempt, error);
  }
}

/** The attempt has failed: another one, a handler, or the end. */
function failed(attempt: Attempt, thrown: unknown): void {
  if (!attempt.counts) return;
  attempt.endLimits();
  const { activation, role } = attempt;
  if (activation.decided !== undefined) return end(attempt, CANCELLED);
  const error = attempt.expired ?? readable(thrown);
  if (endsRun(error))
    return end(attempt, { status: activation.leftBehind ? 'abandoned' : 'failed', error, fatal: true });
  if (role !== 'body') return handlerFailed(attempt, error);
  const { retry } = activation.step;
  if (retry !== undefined && mayTryAgain(attempt)) {
    const again = worthIt(retry, attempt, error);
    if (again === true) return tryAgain(attempt, error, delayOf(attempt, retry), beginAgain);
    if (again !== false) return giveUp(attempt, again.thrown);
  }
  giveUp(attempt, error);
}

const beginAgain = (next: Attempt): void => call(next, bodyOf(next.activation));

/** The attempts have failed: the named handler, then the catch-all, then the run (D.2). */
function giveUp(attempt: Attempt, error: unknown): void {
  const { onError } = attempt.activation.step;
  if (onError !== undefined) handle(attempt, error, 'named handler', onError);
  else askCatchAll(attempt, error);
}

function askCatchAll(attempt: Attempt, error: unknown): void {
  const { catchAll } = attempt.activation.flow.plan;
  if (catchAll !== undefined) handle(attempt, error, 'catch-all', catchAll);
  else refuse(attempt, error);
}

function handle(failed: Attempt, error: unknown, role: 'named handler' | 'catch-all', name: string): void {
  const { activation } = failed;
  const { run, flow } = activation;
  if (role === 'named handler') takeBack(activation, 'handler');
  run.teller.step('step-error', activation, { error: plainErrorOf(failed, error), handled: true });
  if (activation.endIfDecided()) return;
  const attempt = new Attempt(activation, role, error);
  activation.current = attempt;
  call(attempt, flow.handler(name));
}

/** What a handler throws goes to the next one, with the first error as its cause. */
function handlerFailed(attempt: Attempt, thrown: unknown): void {
  const error = thrown instanceof NotRecovered ? attempt.error : withCause(attempt, thrown);
  if (attempt.role === 'named handler') askCatchAll(attempt, error);
  else refuse(attempt, error);
}

/** Nobody has recovered the step: it has failed. The walk tells it, unless it has decided against the step before. */
function refuse(attempt: Attempt, error: unknown): void {
  const { activation } = attempt;
  const stepError = takeOwn(error) ?? asStepError(attempt, error);
  end(attempt, { status: activation.leftBehind ? 'abandoned' : 'failed', error: stepError });
}

const end = ({ activation }: Attempt, outcome: ActivationOutcome): void => activation.settle(outcome);
