import type { Suspend } from './directive.js';
import type { IsAny, IsEach, Method, Returned, StepName } from './outputs.js';

/** Answer and question of the `suspend()` in a returned type. */
type Suspension<R> =
  IsAny<R> extends true ? never : R extends Suspend<infer Answer, infer Ask> ? { answer: Answer; ask: Ask } : never;

type SuspensionIn<P, K extends keyof P> = P[K] extends Method ? Suspension<Returned<P[K]>> : never;

/** The names of the steps that may suspend. */
export type SuspendingStep<P> = {
  [K in StepName<P>]: [SuspensionIn<P, K>] extends [never] ? never : K;
}[StepName<P>];

/** What a step's `suspend()` waits for. */
export type AnswerOf<P, K extends keyof P> = SuspensionIn<P, K>['answer'];

/** What a step's `suspend()` asks. */
export type AskOf<P, K extends keyof P> = SuspensionIn<P, K>['ask'];

/** The keys under which a step may wait: its name, `#visit` from the second visit on, and of an each the item. */
export type AskKey<P, K extends keyof P & string> = P[K] extends Method
  ? IsEach<P[K]> extends true
    ? `${K}[${number}]` | `${K}#${number}[${number}]`
    : K | `${K}#${number}`
  : never;
