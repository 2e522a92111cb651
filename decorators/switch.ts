import type { CheckSwitch, SaidOfSwitch } from './check-switch.js';
import type { Target } from './check-target.js';
import type { SwitchCases, SwitchOptions } from './options.js';
import { record } from './record.js';

/** What `@Switch(…)` applies: refuses, as a type error on that line, a method that can't be such a step. */
export interface SwitchDecorator<S extends SaidOfSwitch> {
  <A, B, C>(target: A, nameOrContext: B & CheckSwitch<Target<A, B, C>, S>, descriptor?: C): void;
}

/**
 * Makes a public method a step that chooses: the key it returns names the case that follows, `null` stands for the end.
 * The step behind gets the switch's own input; the key is the switch's output.
 *
 * ```ts
 * @Switch({ cases: { tools: 'callTool', done: null } })
 * route({ input }: Ctx<this, Tool[]>) { return input.length > 0 ? 'tools' : 'done'; }
 * ```
 *
 * The compiler wants a case, or a `default`, for every key of the return type, and refuses a case that is never returned.
 */
export function Switch<
  const Cases extends SwitchCases,
  const Default extends string | null = never,
  const Handler extends string = never,
  const Join extends 'all' | 'any' = 'all',
  const Goto extends string = never,
  const Attempts extends number = never,
  Answer = never,
>(
  options: SwitchOptions<Cases, Default, Handler, Join, Goto, Attempts, Answer>,
): SwitchDecorator<{
  cases: Cases;
  default: Default;
  to: Extract<Cases[keyof Cases] | Default, string>;
  goto: Goto;
  onError: Handler;
  join: Join;
  attempts: Attempts;
  answer: Answer;
}> {
  return (target, nameOrContext, descriptor) => record('Switch', options, target, nameOrContext, descriptor);
}
