import type { AnyPipeline, StateOf } from '../../decorators/context.js';
import {
  DIRECTIVE,
  type Call,
  type Directive,
  type Goto,
  type Retry,
  type Skip,
  type Stop,
  type Suspend,
} from '../../decorators/directive.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';

/** What the author gave is kept as given: whether it makes sense is asked where the directive is obeyed. */
function createDirective<D extends Directive<string>>(kind: D['~directive'], facts: Omit<D, '~directive'>): D {
  const directive = { '~directive': kind, ...facts };
  Object.defineProperty(directive, DIRECTIVE, { value: true });
  return Object.freeze(directive) as D;
}

const SKIP = createDirective<Skip>('skip', {});
const STOP = createDirective<Stop>('stop', {});

/** Return it to end the step without an output: its edges close without arrival, a join goes on without it. */
export const skip = (): Skip => SKIP;

/** Return it to end the pipeline with success: what is alive ends by itself and commits, nothing new starts. */
export const stop = (): Stop => STOP;

/**
 * Return it to go to one step instead of those in `to`: one that this step names in its option `goto`, or in `to`.
 * `input` is what that step gets in place of an output, `undefined` by default.
 */
export function goto<const K extends string>(step: K): Goto<K, undefined>;
export function goto<const K extends string, Input>(step: K, input: Input): Goto<K, Input>;
export function goto(step: string, input?: unknown): Goto {
  return createDirective<Goto>('goto', { step, input });
}

/**
 * Return it to give this attempt up; the next one begins after `delay` milliseconds, or after the delay of the option
 * `retry`, which the step needs: it says how many attempts there are. After the last one the step has failed.
 */
export const retry = (options?: { readonly delay?: number }): Retry =>
  createDirective<Retry>('retry', { delay: options?.delay });

/** What `suspend()` accepts besides what it asks. */
export interface SuspendOptions<Answer> {
  /** Validates the answer. The decorator's option of the same name also does in a process that never ran this step. */
  readonly answer?: StandardSchema<Answer>;
  /** Milliseconds for which an answer is taken; for ever by default. */
  readonly expiresIn?: number;
}

/**
 * Return it to end the step until somebody has answered `ask`, in this process or another: the run goes on with
 * `pipeline.resume(checkpoint, answers)`, and the answer is the output of the step.
 */
export const suspend = <Answer = unknown, Ask = unknown>(
  ask: Ask,
  options?: SuspendOptions<Answer>,
): Suspend<Answer, Ask> =>
  createDirective<Suspend<Answer, Ask>>('suspend', { ask, answer: options?.answer, expiresIn: options?.expiresIn });

/**
 * Return it in a `@SubPipeline` step to run another pipeline, an instance that is held in a field: `state` is the
 * initial state of its run, and its final state is the output of the step.
 */
export const call = <Child extends AnyPipeline>(pipeline: Child, state: NoInfer<StateOf<Child>>): Call<Child> =>
  createDirective<Call<Child>>('call', { pipeline, state });

/** Tells a directive by its brand: no plain data, and so no model's JSON, can carry it. */
export function isDirective(value: unknown): value is Directive<string> {
  return typeof value === 'object' && value !== null && DIRECTIVE in value;
}
