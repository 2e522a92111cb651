import type { CheckStep } from './check-step.js';
import type { Target } from './check-target.js';
import type { StepOptions } from './options.js';
import { record } from './record.js';
import type { Said } from './said.js';

/** What `@Step(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface StepDecorator<S extends Said> {
  <A, B, C>(target: A, nameOrContext: B & CheckStep<Target<A, B, C>, S>, descriptor?: C): void;
}

/**
 * Makes a public method a step of its pipeline: it runs when the steps that lead to it have ended, and what it returns
 * is its output, the `input` of the steps in `to`.
 *
 * ```ts
 * @Step({ to: 'answer', timeout: 5_000 })
 * search({ state }: Ctx<this>) { return this.index.find(state.question); }
 * ```
 *
 * The compiler checks the names in `to` and `goto`, the output against what each of them takes, and the handler in
 * `onError`. It never throws: what the compiler can't see is listed by the `BlueprintError` of the first `run`.
 */
export function Step<
  const To extends string = never,
  const Handler extends string = never,
  const Join extends 'all' | 'any' = 'all',
  const Goto extends string = never,
  const Attempts extends number = never,
  Answer = never,
>(
  options?: StepOptions<To, Handler, Join, Goto, Attempts, Answer>,
): StepDecorator<{ to: To; goto: Goto; onError: Handler; join: Join; attempts: Attempts; answer: Answer }> {
  return (target, nameOrContext, descriptor) => record('Step', options, target, nameOrContext, descriptor);
}
