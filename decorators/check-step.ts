import type { CheckEdges, CheckTo } from './check-edges.js';
import type { CheckHandler, HandlerReturned } from './check-handler.js';
import type { CheckJoin } from './check-join.js';
import type { CheckStepParameter } from './check-parameter.js';
import type { Err, First } from './check-target.js';
import type { AnyPipeline } from './context.js';
import type { IsAny, Method, MethodOutput, PipelineMember, Returned } from './outputs.js';

/** Steps are public: private and protected methods aren't in `keyof`, so nothing could lead to them. */
type CheckPlace<P, N> = P extends AnyPipeline
  ? N extends keyof P
    ? N extends PipelineMember
      ? Err<`'${N}' is a member of Pipeline: a step needs another name`>
      : unknown
    : Err<'a step must be a public method'>
  : P extends abstract new (...args: never) => unknown
    ? Err<'a step must not be static'>
    : Err<'the class must extend Pipeline'>;

type CheckAll<P, M extends Method, N extends string, To extends string, Handler extends string, Join> = First<
  [
    CheckPlace<P, N>,
    CheckTo<P, To>,
    CheckStepParameter<P, M>,
    CheckJoin<P, M, Join & ('all' | 'any')>,
    CheckEdges<P, N, To, MethodOutput<M>, Returned<M> | HandlerReturned<P, Handler>>,
    CheckHandler<P, M, N, Handler>,
  ]
>;

type CheckPlain<M extends Method> =
  IsAny<ReturnType<M>> extends true
    ? unknown
    : // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: any generator
      ReturnType<M> extends AsyncGenerator<any, any, any> | Generator<any, any, any>
      ? Err<'a generator needs @Streaming'>
      : unknown;

type CheckGenerator<M extends Method> =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: any generator
  ReturnType<M> extends AsyncGenerator<any, any, any>
    ? unknown
    : Err<'@Streaming needs an async generator: async *name() { yield … }'>;

type NoStep<T> = T extends 'other' ? Err<'only for methods'> : Err<'a step needs a name that is a string'>;

/** Everything that the compiler can refuse about a `@Step` on target T. */
export type CheckStep<T, To extends string, Handler extends string, Join> = T extends [
  infer P,
  infer M extends Method,
  infer N extends string,
]
  ? First<[CheckPlain<M>, CheckAll<P, M, N, To, Handler, Join>]>
  : NoStep<T>;

/** Everything that the compiler can refuse about a `@Streaming` on target T. */
export type CheckStreaming<T, To extends string, Handler extends string, Join> = T extends [
  infer P,
  infer M extends Method,
  infer N extends string,
]
  ? First<[CheckGenerator<M>, CheckAll<P, M, N, To, Handler, Join>]>
  : NoStep<T>;
