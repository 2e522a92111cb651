import type { CheckSubPipeline, SaidOfSubPipeline } from './check-sub-pipeline.js';
import type { Target } from './check-target.js';
import type { AnyPipeline } from './context.js';
import type { SubPipelineOptions } from './options.js';
import { record } from './record.js';

/** What `@SubPipeline(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface SubPipelineDecorator<S extends SaidOfSubPipeline> {
  <A, B, C>(target: A, nameOrContext: B & CheckSubPipeline<Target<A, B, C>, S>, descriptor?: C): void;
}

/**
 * Makes a public method a step that runs another pipeline: it returns `call(child, state)`, where the child is an
 * instance held in a field. The child's final state is the output. With `each: true` it runs one child per item of its
 * input, and the output is the array of their states.
 *
 * ```ts
 * @SubPipeline(() => Researcher, { to: 'write' })
 * research({ state }: Ctx<this>) { return call(this.researcher, { topic: state.title, notes: [] }); }
 * ```
 *
 * The function gives the class, so that the graph is known before anything runs. The compiler checks the child's state and
 * context.
 */
export function SubPipeline<
  Child extends AnyPipeline,
  const To extends string = never,
  const Handler extends string = never,
  const Join extends 'all' | 'any' = 'all',
  const Goto extends string = never,
  const Attempts extends number = never,
  Answer = never,
  const PerItem extends boolean = false,
>(
  of: () => abstract new (...args: never[]) => Child,
  options?: SubPipelineOptions<To, Handler, Join, Goto, Attempts, Answer, PerItem>,
): SubPipelineDecorator<{
  child: Child;
  each: PerItem;
  to: To;
  goto: Goto;
  onError: Handler;
  join: Join;
  attempts: Attempts;
  answer: Answer;
}> {
  return (target, nameOrContext, descriptor) =>
    record('SubPipeline', { ...options, of }, target, nameOrContext, descriptor);
}
