import { StepError } from '../errors/step-error.js';
import { StepTimeoutError } from '../errors/step-timeout-error.js';
import type { RetryPlan } from '../plan/plan.js';
import { LONGEST_TIME } from '../plan/longest-time.js';
import type { Settle } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { toPlainError } from '../run/plain-error.js';
import { CANCELLED, type Activation } from './activation.js';
import { admit } from './admit.js';
import { Attempt } from './attempt.js';
import { judge, NotRecovered } from './judge.js';
import { Limits, type Limit } from './limits.js';
import type { Body } from './run-scope.js';
import { catchAllValue, generatorUnderStep, mistake, notAMethod, own, takeOwn } from './mistake.js';
import { StepContext } from './step-context.js';
import { takeBack } from './take-back.js';
import { isStream, TokenStream } from './token-stream.js';

/** Runs one activation to its outcome: its attempts, then its handlers. Never throws, whatever the body does. */
export function invoke(activation: Activation, settle: Settle<Activation>): void {
  activation.report = settle;
  admit(activation, begin);
}

function begin(activation: Activation): void {
  const { scope, given } = activation;
  const attempt = new Attempt(activation, 'body');
  activation.current = attempt;
  activation.begun = true;
  scope.teller.stepStart(activation);
  if (isOver(activation)) return;
  if (given.failure !== undefined) giveUp(attempt, given.failure);
  else call(attempt, bodyOf(activation));
}

/** Looked up at each call, so that whoever replaces a method of the instance is obeyed. */
const bodyOf = ({ scope, step }: Activation): Body => (scope.instance as Record<string, Body>)[step.name];

/** A listener of what was just told may have ended the run: then nothing begins any more. */
function isOver(activation: Activation): boolean {
  if (activation.decided !== undefined) activation.settle(CANCELLED);
  return activation.settled;
}

/** Calls a body; whatever it returns or throws, now or later, is the attempt's end. */
function call(attempt: Attempt, body: Body): void {
  const { step, scope } = attempt.activation;
  if (step.timeout !== undefined && attempt.role === 'body')
    attempt.limits = new Limits(scope.clock, step.timeout, (limit) => expire(attempt, limit));
  if (typeof body !== 'function') return failed(attempt, notAMethod(attempt));
  let value: unknown;
  try {
    value = body.call(scope.instance, new StepContext(attempt));
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
      (awaited) => returned(attempt, awaited),
      (error: unknown) => failed(attempt, error),
    );
  } catch (error) {
    // A `then` that throws, as a getter or when it is called.
    failed(attempt, error);
  }
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

const STREAM_END = { returned, failed };

function stream(attempt: Attempt, generator: AsyncGenerator<unknown, unknown, undefined>): void {
  const { role, activation } = attempt;
  // A handler may stream for any step, but the catch-all can't know the output (D.2).
  if (role === 'catch-all') return failed(attempt, catchAllValue(attempt));
  if (role === 'body' && activation.step.kind !== 'streaming') return failed(attempt, generatorUnderStep(attempt));
  attempt.stream = new TokenStream(attempt, generator, STREAM_END);
  attempt.stream.pull();
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
    return failed(attempt, error);
  }
  end(attempt, outcome);
}

/** The attempt has failed: another one, a handler, or the end. */
function failed(attempt: Attempt, thrown: unknown): void {
  if (!attempt.counts) return;
  attempt.endLimits();
  const { activation, role } = attempt;
  if (activation.decided !== undefined) return end(attempt, CANCELLED);
  const error = attempt.expired ?? readable(thrown);
  if (role !== 'body') return handlerFailed(attempt, error);
  const { retry } = activation.step;
  if (retry !== undefined && !activation.leftBehind && activation.attempt < retry.attempts) {
    const again = worthIt(retry, attempt, error);
    if (again === true) return tryAgain(attempt, error, retry);
    if (again !== false) return giveUp(attempt, again.thrown);
  }
  giveUp(attempt, error);
}

/** Whether the author wants another attempt; what `when` itself throws counts as the failure. */
function worthIt({ when }: RetryPlan, attempt: Attempt, error: unknown): boolean | { readonly thrown: unknown } {
  if (!when) return true;
  try {
    return Boolean(when(error, { attempt: attempt.activation.attempt, tokens: attempt.stream?.tokens ?? 0 }));
  } catch (thrown) {
    return { thrown };
  }
}

function tryAgain(attempt: Attempt, error: unknown, retry: RetryPlan): void {
  const { activation } = attempt;
  const { scope } = activation;
  // Until the next one begins no attempt counts: nothing that the failed one still says or does is heard.
  activation.current = undefined;
  takeBack(activation, 'retry');
  const full = Math.min(retry.delay * retry.backoff ** (activation.attempt - 1), LONGEST_TIME);
  const delay = retry.jitter ? Math.random() * full : full;
  scope.teller.step('step-retry', activation, { error: plain(attempt, error), delay });
  if (isOver(activation)) return;
  const timer = scope.clock.after(delay, () => {
    activation.interrupt = undefined;
    activation.attempt++;
    const next = new Attempt(activation, 'body');
    activation.current = next;
    call(next, bodyOf(activation));
  });
  activation.interrupt = () => timer.cancel();
}

/** The attempts have failed: the named handler, then the catch-all, then the run (D.2). */
function giveUp(attempt: Attempt, error: unknown): void {
  const { onError } = attempt.activation.step;
  if (onError !== undefined) handle(attempt, error, 'named handler', onError);
  else askCatchAll(attempt, error);
}

function askCatchAll(attempt: Attempt, error: unknown): void {
  const { catchAll } = attempt.activation.scope.plan;
  if (catchAll !== undefined) handle(attempt, error, 'catch-all', catchAll);
  else refuse(attempt, error);
}

function handle(failed: Attempt, error: unknown, role: 'named handler' | 'catch-all', name: string): void {
  const { activation } = failed;
  const { scope } = activation;
  if (role === 'named handler') takeBack(activation, 'handler');
  scope.teller.step('step-error', activation, { error: plain(failed, error), handled: true });
  if (isOver(activation)) return;
  const attempt = new Attempt(activation, role, error);
  activation.current = attempt;
  call(attempt, scope.handler(name));
}

/** What a handler throws goes to the next one, with the first error as its cause. */
function handlerFailed(attempt: Attempt, thrown: unknown): void {
  const error = thrown instanceof NotRecovered ? attempt.error : withCause(attempt, thrown);
  if (attempt.role === 'named handler') askCatchAll(attempt, error);
  else refuse(attempt, error);
}

function withCause(attempt: Attempt, thrown: unknown): unknown {
  const first = attempt.error;
  if (thrown === first || (thrown instanceof Error && thrown.cause === first)) return thrown;
  if (thrown instanceof Error && thrown.cause === undefined && Object.isExtensible(thrown)) {
    Object.defineProperty(thrown, 'cause', { value: first, configurable: true, writable: true });
    return thrown;
  }
  const what = `its handler has failed too: ${toPlainError(thrown).message}.`;
  const error = mistake(attempt, 'HANDLER_FAILED', what, 'See `cause` for both errors.');
  error.cause = new AggregateError([first, thrown], 'the error of the step, and that of its handler');
  return error;
}

/** Nobody has recovered the step: it has failed. The walk tells it, unless it has decided against the step before. */
function refuse(attempt: Attempt, error: unknown): void {
  const { activation } = attempt;
  const stepError = takeOwn(error) ?? asStepError(attempt, error);
  end(attempt, { status: activation.leftBehind ? 'abandoned' : 'failed', error: stepError });
}

function asStepError({ activation }: Attempt, cause: unknown): StepError {
  const { scope, name, attempt } = activation;
  const frozen = cause instanceof TypeError && FROZEN.test(cause.message) && WRITTEN_INTO_INPUT;
  const facts = { what: toPlainError(cause).message, cause, ...frozen };
  return new StepError({ pipeline: scope.plan.pipeline, step: name, attempt }, facts);
}

/** How engines say that a frozen object was written to. */
const FROZEN = /read[- ]?only|not extensible|cannot (add|delete|define) property/i;
const WRITTEN_INTO_INPUT = {
  code: 'INPUT_FROZEN',
  remedy: 'Inputs and outputs are frozen: change a copy (structuredClone(input), input.toSorted()), or the state.',
};

/** A limit is used up: the body gets the grace to end; one that doesn't is left behind and never retried over (D.3). */
function expire(attempt: Attempt, limit: Limit): void {
  const { activation } = attempt;
  const { scope, step, name } = activation;
  const place = { pipeline: scope.plan.pipeline, step: name, attempt: activation.attempt };
  const expired = own(new StepTimeoutError(place, limit, step.timeout![limit]!));
  attempt.limits!.expire(expired, scope.plan.cancelGrace, () => {
    activation.leftBehind = true;
    scope.noteAbandoned(activation.key);
    failed(attempt, expired);
  });
  attempt.abort(expired);
}

const end = ({ activation }: Attempt, outcome: ActivationOutcome): void => activation.settle(outcome);

/** What was thrown, unless even looking at it throws. */
function readable(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void `${thrown.name} ${thrown.message}`;
    return thrown;
  } catch (cause) {
    return new TypeError("an error was thrown that can't be read", { cause });
  }
}

const plain = ({ activation }: Attempt, error: unknown): ReturnType<typeof toPlainError> =>
  toPlainError(error, { step: activation.name, attempt: activation.attempt });
