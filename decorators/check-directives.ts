import type { CheckTo, Misfit } from './check-edges.js';
import type { Err, First } from './check-target.js';
import type { Call, Directive, Goto, Retry, Suspend } from './directive.js';
import type { IsAny } from './outputs.js';
import type { Said } from './said.js';

/** The steps that a returned type may go to. */
type GotoKeys<Returned> = Returned extends Goto<infer K> ? K : never;

/** The steps that get by `goto()` what they don't accept. */
type GotoMisfit<P, N extends string, Returned> =
  Returned extends Goto<infer K, infer Input> ? Misfit<P, N, K, Input> : never;

type CheckGoto<P, N extends string, Returned, Declared extends string> = [GotoKeys<Returned>] extends [never]
  ? unknown
  : [Exclude<GotoKeys<Returned>, Declared>] extends [never]
    ? [GotoMisfit<P, N, Returned>] extends [never]
      ? unknown
      : Err<`what goto() carries does not fit the input of '${GotoMisfit<P, N, Returned>}'`>
    : First<
        [
          CheckTo<P, GotoKeys<Returned>>,
          Err<`goto('${Exclude<GotoKeys<Returned>, Declared>}') is not declared: add it to the option goto`>,
        ]
      >;

type CheckRetry<Returned, Attempts> = [Extract<Returned, Retry>] extends [never]
  ? unknown
  : [Attempts] extends [0 | 1]
    ? Err<'retry() needs the option retry, with two attempts or more'>
    : unknown;

type AnswerOf<Returned> = Returned extends Suspend<infer Answer> ? Answer : never;

type CheckAnswer<Returned, Answer> = [Answer] extends [never]
  ? unknown
  : [Extract<Returned, Suspend>] extends [never]
    ? unknown extends Answer // Options that are declared as `StepOptions` say nothing of their answer.
      ? unknown
      : Err<'the option answer is of no use: this step never returns suspend()'>
    : [Answer] extends [AnswerOf<Returned>]
      ? unknown
      : Err<'what the schema in the option answer gives does not fit the answer that suspend() waits for'>;

/** Refuses directives that the options don't allow: `call()` without a child, and others. Nothing can be asked of `any`. */
export type CheckDirectives<P, N extends string, Returned, S extends Said> = [
  Extract<Returned, Directive<string>>,
  S['answer'],
] extends [never, never]
  ? unknown
  : IsAny<Returned> extends true
    ? unknown
    : First<
        [
          S extends { readonly child: unknown } ? unknown : CheckNoCall<Returned>,
          CheckGoto<P, N, Returned, S['goto'] | S['to']>,
          CheckRetry<Returned, S['attempts']>,
          CheckAnswer<Returned, S['answer']>,
        ]
      >;

/** Refuses `call()` where no child is named. */
type CheckNoCall<Returned> = [Extract<Returned, Call>] extends [never]
  ? unknown
  : IsAny<Returned> extends true
    ? unknown
    : Err<'call() needs @SubPipeline'>;

/** Refuses `goto()` in one item of many. */
export type CheckNoGoto<Returned> =
  IsAny<Returned> extends true
    ? unknown
    : [GotoKeys<Returned>] extends [never]
      ? unknown
      : Err<"an item can't goto() another step: return what the next step is to decide on">;
