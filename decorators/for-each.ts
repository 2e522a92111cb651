import type { CheckForEach } from './check-for-each.js';
import type { Target } from './check-target.js';
import type { ForEachOptions } from './options.js';
import { record } from './record.js';
import type { Said } from './said.js';

/** What `@ForEach(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface ForEachDecorator<S extends Said> {
  <A, B, C>(target: A, nameOrContext: B & CheckForEach<Target<A, B, C>, S>, descriptor?: C): void;
}

/**
 * Makes a public method a step that runs once per item of its input, an array or, in process, anything iterable. Its
 * output is the array of results in the order of the items, without those that returned `skip()`. An async generator
 * streams: its tokens carry the `index` of their item.
 *
 * ```ts
 * @ForEach({ to: 'total', concurrency: 4, retry: 3 })
 * async load({ item, signal }: Each<this, string>) { return (await fetch(item, { signal })).status; }
 * ```
 *
 * The compiler checks the items against the output of the steps before it.
 */
export function ForEach<
  const To extends string = never,
  const Handler extends string = never,
  const Join extends 'all' | 'any' = 'all',
  const Attempts extends number = never,
  Answer = never,
>(
  options?: ForEachOptions<To, Handler, Join, Attempts, Answer>,
): ForEachDecorator<{ to: To; goto: never; onError: Handler; join: Join; attempts: Attempts; answer: Answer }> {
  return (target, nameOrContext, descriptor) => record('ForEach', options, target, nameOrContext, descriptor);
}
