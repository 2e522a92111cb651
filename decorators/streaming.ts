import type { CheckStreaming } from './check-step.js';
import type { Target } from './check-target.js';
import type { StepOptions } from './options.js';
import { record } from './record.js';

/** What `@Streaming(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface StreamingDecorator<To extends string, Handler extends string, Join extends 'all' | 'any'> {
  <A, B, C>(target: A, nameOrContext: B & CheckStreaming<Target<A, B, C>, To, Handler, Join>, descriptor?: C): void;
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
>(options?: StepOptions<To, Handler, Join>): StreamingDecorator<To, Handler, Join> {
  return (target, nameOrContext, descriptor) => record('Streaming', options, target, nameOrContext, descriptor);
}
