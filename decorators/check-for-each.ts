import type { CheckDirectives, CheckNoGoto } from './check-directives.js';
import type { CheckArrival, CheckOutput, CheckTo } from './check-edges.js';
import type { CheckHandler, HandlerReturned } from './check-handler.js';
import type { CheckEachParameter } from './check-parameter.js';
import type { CheckPlace } from './check-place.js';
import type { NoStep } from './check-step.js';
import type { Err, First } from './check-target.js';
import type { AnyGenerator, IsAny, ItemOutput, Method, MethodOutput, Returned, Streams } from './outputs.js';
import type { Said } from './said.js';

/** What skips, waits or fails is an item; the each itself always arrives. */
type CheckAll<
  P,
  M extends Method,
  N extends string,
  S extends Said,
  AllReturned = Returned<M> | HandlerReturned<P, S['onError']>,
> = First<
  [
    CheckPlace<P, N>,
    CheckTo<P, S['to']>,
    CheckEachParameter<P, M, '@ForEach'>,
    CheckNoGoto<AllReturned>,
    CheckDirectives<P, N, AllReturned, S>,
    CheckArrival<P, N, S['to'], S['to'], []>,
    CheckOutput<P, N, S['to'], MethodOutput<M>>,
    CheckHandler<P, N, S['onError'], ItemOutput<M>>,
  ]
>;

type CheckBody<M extends Method> =
  // A body that always throws returns never, which would fit everything.
  true extends IsAny<ReturnType<M>> | ([ReturnType<M>] extends [never] ? true : false)
    ? unknown
    : ReturnType<M> extends Exclude<AnyGenerator, Streams<unknown>>
      ? Err<'items that stream need an async generator: async *name({ item }) { yield … }'>
      : unknown;

/** Everything that the compiler can refuse about a `@ForEach` on target T. */
export type CheckForEach<T, S extends Said> = T extends [infer P, infer M extends Method, infer N extends string]
  ? First<[CheckBody<M>, CheckAll<P, M, N, S>]>
  : NoStep<T>;
