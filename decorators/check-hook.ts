import type { CheckParameter } from './check-parameter.js';
import type { Err, First } from './check-target.js';
import type { AnyPipeline, ContextOf, ErrorContext, HookContext, RunContext, StateOf } from './context.js';
import type { Call, Retry, Suspend } from './directive.js';
import type { IsAny, Method, Returned } from './outputs.js';

type CheckClass<P> = P extends AnyPipeline
  ? unknown
  : P extends abstract new (...args: never) => unknown
    ? Err<'a hook or handler must not be static'>
    : Err<'the class must extend Pipeline'>;

/** Of a private method `this` stays unresolved, so its state is not compared: `any` fits every declared one. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
type Known<P, N, Type> = N extends keyof P ? Type : any;

type CheckHookParameter<P, M extends Method, N, Per> = [Per] extends ['run']
  ? CheckParameter<
      M,
      RunContext<Known<P, N, StateOf<P>>, Known<P, N, ContextOf<P>>>,
      "a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline"
    >
  : CheckParameter<M, HookContext, 'a hook takes nothing, or a HookContext'>;

/** Everything that the compiler can refuse about a lifecycle hook on target T. */
export type CheckHook<T, Per> = T extends [infer P, infer M extends Method, infer N]
  ? First<[CheckClass<P>, CheckHookParameter<P, M, N, Per>]>
  : Err<'only for methods'>;

/** A handler ends what has failed: it can't begin it anew, wait, or run something else. */
type CheckRecovery<R> =
  IsAny<R> extends true
    ? unknown
    : [Extract<R, Retry | Suspend | Call>] extends [never]
      ? unknown
      : Err<'an @OnError method must not return retry(), suspend() or call()'>;

/** Everything that the compiler can refuse about an `@OnError` on target T. */
export type CheckError<T> = T extends [infer P, infer M extends Method, infer N]
  ? First<
      [
        CheckClass<P>,
        CheckParameter<
          M,
          ErrorContext<Known<P, N, StateOf<P>>, Known<P, N, ContextOf<P>>>,
          'an @OnError method takes nothing, or a Failure of this pipeline'
        >,
        CheckRecovery<Returned<M>>,
      ]
    >
  : Err<'only for methods'>;
