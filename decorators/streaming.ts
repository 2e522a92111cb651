import type { CheckStreaming } from './check-step.js';
import type { Target } from './check-target.js';
import type { StepOptions } from './options.js';
import { record } from './record.js';
import type { Said } from './said.js';

/** What `@Streaming(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface StreamingDecorator<S extends Said> {
  <A, B, C>(target: A, nameOrContext: B & CheckStreaming<Target<A, B, C>, S>, descriptor?: C): void;
}

/**
 * Makes a public async generator a streaming step: each value it yields is one `token` event, and the generator is
 * asked for the next one only when the consumer keeps up. Its output is what it returns; if it returns nothing and
 * yields strings, its text.
 *
 * ```ts
 * @Streaming({ timeout: { idle: 10_000 } })
 * async *respond({ state, signal }: Ctx<this>) { yield* this.model.stream(state.prompt, { signal }); }
 * ```
 *
 * It takes the options of `@Step` and is checked like it.
 */
export function Streaming<
  const To extends string = never,
  const Handler extends string = never,
  const Join extends 'all' | 'any' = 'all',
  const Goto extends string = never,
  const Attempts extends number = never,
  Answer = never,
>(
  options?: StepOptions<To, Handler, Join, Goto, Attempts, Answer>,
): StreamingDecorator<{ to: To; goto: Goto; onError: Handler; join: Join; attempts: Attempts; answer: Answer }> {
  return (target, nameOrContext, descriptor) => record('Streaming', options, target, nameOrContext, descriptor);
}
