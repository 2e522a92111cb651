import type { CheckParameter } from './check-parameter.js';
import type { Err } from './check-target.js';
import type { ContextOf, ErrorContext, StateOf } from './context.js';
import type { Method, MethodOutput, Returned, TokenOf } from './outputs.js';

/** What a named handler returns, directives included; `never` without a handler. */
export type HandlerReturned<P, Handler extends string> = [Handler] extends [never]
  ? never
  : P[Handler & keyof P] extends Method
    ? Returned<P[Handler & keyof P]>
    : never;

/** Refuses a handler that doesn't exist, is no handler, or whose result can't stand in for what step N gives. */
export type CheckHandler<P, N, Handler extends string, Output> = [Handler] extends [never]
  ? unknown
  : [Exclude<Handler, keyof P>] extends [never]
    ? P[Handler & keyof P] extends infer H extends Method
      ? unknown extends CheckParameter<H, ErrorContext<StateOf<P>, ContextOf<P>>, 'no handler'>
        ? CheckResult<P, N, Handler, H, Output>
        : Err<`'${Handler}' is no @OnError method`>
      : Err<`'${Handler}' is no @OnError method`>
    : Err<`'${Exclude<Handler, keyof P>}' is no public method of this class`>;

type CheckResult<P, N, Handler extends string, H extends Method, Output> = [MethodOutput<H>] extends [Output]
  ? [TokenOf<P, N & keyof P>] extends [never]
    ? unknown
    : [TokenOf<P, Handler & keyof P>] extends [TokenOf<P, N & keyof P>]
      ? unknown
      : Err<`what '${Handler}' yields does not fit the tokens of this step`>
  : Err<`what '${Handler}' returns does not fit the output of this step`>;
