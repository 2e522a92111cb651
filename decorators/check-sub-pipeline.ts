import type { CheckDirectives, CheckNoGoto } from './check-directives.js';
import type { CheckArrival, CheckOutput, CheckTo } from './check-edges.js';
import type { CheckHandler, HandlerReturned } from './check-handler.js';
import type { CheckJoin } from './check-join.js';
import type { CheckEachParameter, CheckStepParameter } from './check-parameter.js';
import type { CheckPlace } from './check-place.js';
import type { NoStep } from './check-step.js';
import type { Err, First } from './check-target.js';
import type { ContextOf } from './context.js';
import type { Directive } from './directive.js';
import type { ChildOf } from './family.js';
import type { AnyGenerator, IsAny, ItemOutput, Method, MethodOutput, Returned } from './outputs.js';
import type { Said } from './said.js';

/** What the options of a sub-pipeline say. */
export interface SaidOfSubPipeline extends Said {
  readonly child: unknown;
  readonly each: boolean;
}

type NeedsCall = 'a @SubPipeline method returns call(pipeline, state)';

/** Refuses a method that returns something else than calls and other directives, or the call of another class. */
type CheckCall<R, Child> =
  IsAny<R> extends true
    ? Err<NeedsCall>
    : [Exclude<R, Directive<string>>] extends [never]
      ? [ChildOf<R>] extends [never]
        ? Err<NeedsCall>
        : [ChildOf<R>] extends [Child]
          ? unknown
          : Err<'call() runs another class than the decorator names'>
      : Err<NeedsCall>;

/** The child gets the context of its parent. */
type CheckContext<P, Child> = [ContextOf<P>] extends [ContextOf<Child>]
  ? unknown
  : Err<'the context of this pipeline does not fit that of the sub-pipeline'>;

type CheckOne<P, M extends Method, N extends string, S extends SaidOfSubPipeline, AllReturned> = First<
  [
    CheckStepParameter<P, M, 'the option each'>,
    CheckJoin<P, M, S['join']>,
    CheckCall<Returned<M>, S['child']>,
    CheckContext<P, S['child']>,
    CheckArrival<P, N, S['to'] | S['goto'], S['to'], AllReturned>,
    CheckDirectives<P, N, AllReturned, S>,
    CheckOutput<P, N, S['to'], MethodOutput<M>>,
    CheckHandler<P, N, S['onError'], MethodOutput<M>>,
  ]
>;

type CheckEach<P, M extends Method, N extends string, S extends SaidOfSubPipeline, AllReturned> = First<
  [
    CheckEachParameter<P, M, 'each: true'>,
    [S['goto']] extends [never] ? unknown : Err<'the option goto is of no use with each: true'>,
    CheckCall<Returned<M>, S['child']>,
    CheckContext<P, S['child']>,
    CheckNoGoto<AllReturned>,
    CheckDirectives<P, N, AllReturned, S>,
    CheckArrival<P, N, S['to'], S['to'], []>,
    CheckOutput<P, N, S['to'], MethodOutput<M>>,
    CheckHandler<P, N, S['onError'], ItemOutput<M>>,
  ]
>;

type CheckAll<
  P,
  M extends Method,
  N extends string,
  S extends SaidOfSubPipeline,
  AllReturned = Returned<M> | HandlerReturned<P, S['onError']>,
> = First<
  [
    CheckPlace<P, N>,
    CheckTo<P, S['to'] | S['goto']>,
    S['each'] extends true ? CheckEach<P, M, N, S, AllReturned> : CheckOne<P, M, N, S, AllReturned>,
  ]
>;

type CheckBody<M extends Method> =
  IsAny<ReturnType<M>> extends true
    ? unknown
    : ReturnType<M> extends AnyGenerator
      ? Err<"a @SubPipeline method returns call(): it can't be a generator">
      : unknown;

/** Everything that the compiler can refuse about a `@SubPipeline` on target T. */
export type CheckSubPipeline<T, S extends SaidOfSubPipeline> = T extends [
  infer P,
  infer M extends Method,
  infer N extends string,
]
  ? First<[CheckBody<M>, CheckAll<P, M, N, S>]>
  : NoStep<T>;
