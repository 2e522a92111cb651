import { StepError, type FailurePlace } from '../errors/step-error.js';
import { LONGEST_TIME } from '../plan/longest-time.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import type { Activation } from './activation.js';
import type { Attempt } from './attempt.js';
import { mayTryAgain } from './may-try-again.js';

/** A step's use of the language that the definition could not see. */
export function mistake({ activation }: Attempt, code: string, what: string, remedy: string): StepError {
  return own(new StepError(placeOf(activation), { code, what, remedy }));
}

/** Where an activation stands, as its errors say it. */
export const placeOf = ({ flow, name, attempt, index }: Activation): FailurePlace => ({
  pipeline: flow.plan.pipeline,
  step: name,
  attempt,
  index,
});

/** Step errors that were made for the very activation that fails with them; one that a body rethrows is a cause. */
const OWN = new WeakSet<object>();

/** Marks a step error as made by the executor. */
export function own<E extends StepError>(error: E): E {
  OWN.add(error);
  return error;
}

/** Takes such an error for its activation, once: whoever rethrows it further out has it as a cause. */
export const takeOwn = (error: unknown): StepError | undefined =>
  error instanceof StepError && OWN.delete(error) ? error : undefined;

/** A body under `@Streaming` that gave something else. */
export const notAGenerator = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'NOT_A_GENERATOR',
    'returned no async generator under @Streaming.',
    'Write async *name() { yield … }.',
  );

/** A body under `@Step` that streams. */
export const generatorUnderStep = (attempt: Attempt): StepError =>
  mistake(attempt, 'GENERATOR_UNDER_STEP', 'returned an async generator under @Step.', 'Use @Streaming.');

/** An instance whose field stands before the method of that name. */
export const notAMethod = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'NO_LONGER_A_METHOD',
    'is no method on this instance.',
    'Rename the field that has taken its place, or make it a function.',
  );

/** A catch-all that stands in for the output: it can't know it (D.2). */
export const catchAllValue = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'HANDLER_VALUE',
    `its catch-all handler "${attempt.activation.flow.plan.catchAll}" returned a value, but can't know the step's output.`,
    'Return skip(), stop() or nothing, or name the handler in the step: onError.',
  );

/** An each whose input has no items. */
export function notIterable(attempt: Attempt, input: unknown): StepError {
  const got = input === null ? 'null' : typeof input === 'object' ? 'an object' : `a ${typeof input}`;
  return mistake(
    attempt,
    'NOT_ITERABLE',
    `runs once per item of its input, and got ${input === undefined ? 'nothing' : got}.`,
    'Return an array, or in process anything iterable, from the step before it: [text], Object.entries(record).',
  );
}

/** A value from a method that has to return `call(…)`. */
export const noCall = (attempt: Attempt): StepError =>
  mistake(attempt, 'NO_CALL', 'returned no call() under @SubPipeline.', 'Write return call(this.child, { … }).');

/** A directive of another version of the package. */
export const unknownDirective = (attempt: Attempt, directive: string): StepError =>
  mistake(
    attempt,
    'UNKNOWN_DIRECTIVE',
    `returned ${directive}(), a directive that this version doesn't know.`,
    'Load one version of stepstream only.',
  );

/** Why a directive means nothing somewhere, and what to do instead; of a handler, and of a body. */
const NOT_HERE = {
  goto: {
    why: 'an item of an each leads nowhere',
    remedy: 'Return what tells the cases apart, and decide in the step behind the each.',
  },
  call: {
    why: 'only a @SubPipeline step runs another pipeline',
    remedy: 'Call it from a method under @SubPipeline(() => Child).',
  },
  suspend: {
    why: 'the rest of a lazy source could not be found again',
    remedy: 'Return an array from the step before the each.',
  },
  'suspend in a handler': {
    why: 'only a step itself waits for an answer',
    remedy: 'Return a value, skip() or stop(), or goto() to a step that asks.',
  },
  'retry in a handler': {
    why: 'a handler is called when there is no further attempt',
    remedy: 'Return a value, skip() or stop(), or give the step more attempts: retry: { attempts: 5 }.',
  },
} as const;

/** A directive where it means nothing. */
export function notHere(attempt: Attempt, reason: keyof typeof NOT_HERE): StepError {
  const { why, remedy } = NOT_HERE[reason];
  const who = attempt.role === 'body' ? 'returned' : 'its handler returned';
  return mistake(attempt, 'DIRECTIVE_NOT_ALLOWED', `${who} ${reason.split(' ')[0]}(), but ${why}.`, remedy);
}

/** A `goto()` to a step that the options don't name. */
export function notDeclared(attempt: Attempt, target: string): StepError {
  const { step, flow } = attempt.activation;
  const names = [...new Set([...step.gotos, ...step.next])].map((id) => flow.plan.steps[id].name);
  return mistake(
    attempt,
    'GOTO_NOT_DECLARED',
    `returned goto("${target}"), which its options don't name${names.length ? ` (they name ${names.join(', ')})` : ''}.`,
    `Declare it: goto: ["${target}"].`,
  );
}

/** A `retry()` that waits for no time. */
export const invalidDelay = (attempt: Attempt, delay: unknown): StepError =>
  mistake(
    attempt,
    'INVALID_DIRECTIVE',
    `returned retry({ delay: ${String(delay)} }), which is no time in milliseconds.`,
    `Give a number from 0 to ${LONGEST_TIME}, or leave it out.`,
  );

/** A `retry()`: what a `step-retry` tells, and the failure of the last attempt. */
export function retryReturned(attempt: Attempt): StepError {
  const last = mayTryAgain(attempt) ? '' : ' in its last attempt';
  return mistake(
    attempt,
    'RETRY_RETURNED',
    `returned retry()${last}.`,
    'Give it more attempts: retry: { attempts: 5 }.',
  );
}

/** How an author would name what he has called. */
function nameOf(called: unknown): string {
  if (typeof called !== 'object' || called === null) return called === undefined ? 'nothing' : `${called as string}`;
  const { name } = called.constructor;
  return name === '' ? 'an instance of a class without a name' : `an instance of ${name}`;
}

/** A suspension of a class by whose name nothing can be found again. */
export const unnamed = (attempt: Attempt): StepError =>
  mistake(
    attempt,
    'UNNAMED_PIPELINE',
    'returned suspend(), and a checkpoint names its pipeline, which has no name but that of its class.',
    "Give it one: static readonly pipeline = { name: 'approval' }.",
  );

/** A child that a resumed run could not find again. */
export const notAField = (attempt: Attempt, called: unknown): StepError =>
  mistake(
    attempt,
    'CHILD_NOT_A_FIELD',
    `called ${nameOf(called)}, which no field of this pipeline holds.`,
    'Hold it in a field of its own, not in a #private one, a list or a map: this.researcher = researcher.',
  );

/** A child of another class than the decorator names. */
export const wrongChild = (attempt: Attempt, called: unknown, declared: string): StepError =>
  mistake(
    attempt,
    'WRONG_CHILD',
    `called ${nameOf(called)}, and @SubPipeline names ${declared}.`,
    'Call an instance of that class, or of a subclass.',
  );

/** A child's state that is none. */
export const noState = (attempt: Attempt, state: unknown): StepError =>
  mistake(
    attempt,
    'INVALID_STATE',
    `call() takes the state as an object, got ${state === null ? 'null' : Array.isArray(state) ? 'an array' : typeof state}.`,
    'Pass the initial state of the child: call(this.child, { … }).',
  );

/** Pipelines that run one another without end. */
export const tooDeep = (attempt: Attempt, deepest: number): StepError =>
  mistake(
    attempt,
    'RECURSION_TOO_DEEP',
    `would be pipeline number ${deepest + 1} inside one another.`,
    'Let the recursion end earlier: return a value, skip() or stop() instead of call().',
  );

/** A switch's key that leads nowhere. */
export function unknownCase(attempt: Attempt, key: unknown): StepError {
  const { cases = {} } = attempt.activation.step;
  const shown =
    key === undefined
      ? 'nothing'
      : key === null
        ? 'null'
        : typeof key === 'object'
          ? 'an object'
          : `"${key as string}"`;
  const known = Object.keys(cases);
  const nearest = typeof key === 'string' ? nearestName(key, known) : undefined;
  return mistake(
    attempt,
    'UNKNOWN_CASE',
    `returned ${shown}, for which it has no case (${known.join(', ')}).${nearest ? ` Did you mean "${nearest}"?` : ''}`,
    'Add the case, or a default.',
  );
}

/** What is wrong with streaming here, if anything. */
export function streamRefusal(attempt: Attempt): StepError | undefined {
  const { role, activation } = attempt;
  const { kind } = activation.step;
  // A handler may stream for any step, but the catch-all can't know the output (D.2).
  if (role === 'catch-all') return catchAllValue(attempt);
  return role !== 'body' || kind === 'streaming' || kind === 'each' ? undefined : generatorUnderStep(attempt);
}
