import type { CheckDirectives } from './check-directives.js';
import type { CheckArrival, CheckOutput, CheckTo } from './check-edges.js';
import type { CheckHandler, HandlerReturned } from './check-handler.js';
import type { CheckJoin } from './check-join.js';
import type { CheckStepParameter } from './check-parameter.js';
import type { CheckPlace } from './check-place.js';
import type { Err, First } from './check-target.js';
import type { AnyGenerator, IsAny, Method, MethodOutput, Returned, Streams } from './outputs.js';
import type { Said } from './said.js';

type CheckAll<
  P,
  M extends Method,
  N extends string,
  S extends Said,
  AllReturned = Returned<M> | HandlerReturned<P, S['onError']>,
> = First<
  [
    CheckPlace<P, N>,
    CheckTo<P, S['to'] | S['goto']>,
    CheckStepParameter<P, M, '@ForEach'>,
    CheckJoin<P, M, S['join']>,
    CheckArrival<P, N, S['to'] | S['goto'], S['to'], AllReturned>,
    CheckDirectives<P, N, AllReturned, S>,
    CheckOutput<P, N, S['to'], MethodOutput<M>>,
    CheckHandler<P, N, S['onError'], MethodOutput<M>>,
  ]
>;

type CheckPlain<M extends Method> =
  ReturnType<M> extends AnyGenerator
    ? // A body that always throws returns never, which would fit everything.
      true extends IsAny<ReturnType<M>> | ([ReturnType<M>] extends [never] ? true : false)
      ? unknown
      : Err<'a generator needs @Streaming'>
    : unknown;

type CheckGenerator<M extends Method> =
  ReturnType<M> extends Streams<unknown>
    ? unknown
    : Err<'@Streaming needs an async generator: async *name() { yield … }'>;

/** What stands where no step can be. */
export type NoStep<T> = T extends 'other' ? Err<'only for methods'> : Err<'a step needs a name that is a string'>;

/** Everything that the compiler can refuse about a `@Step` on target T. */
export type CheckStep<T, S extends Said> = T extends [infer P, infer M extends Method, infer N extends string]
  ? First<[CheckPlain<M>, CheckAll<P, M, N, S>]>
  : NoStep<T>;

/** Everything that the compiler can refuse about a `@Streaming` on target T. */
export type CheckStreaming<T, S extends Said> = T extends [infer P, infer M extends Method, infer N extends string]
  ? First<[CheckGenerator<M>, CheckAll<P, M, N, S>]>
  : NoStep<T>;
