import type { CheckDirectives } from './check-directives.js';
import type { CheckArrival, CheckOutput, CheckTo } from './check-edges.js';
import type { CheckHandler, HandlerReturned } from './check-handler.js';
import type { CheckJoin } from './check-join.js';
import type { CheckStepParameter, Parameter } from './check-parameter.js';
import type { CheckPlace } from './check-place.js';
import type { NoStep } from './check-step.js';
import type { Err, First } from './check-target.js';
import type { Goto, Skip } from './directive.js';
import type { SwitchCases } from './options.js';
import type { AnyGenerator, IsAny, Method, MethodOutput, Returned } from './outputs.js';
import type { Said } from './said.js';

/** What the options of a switch say; `to` is where its cases and its default lead. */
export interface SaidOfSwitch extends Said {
  readonly cases: SwitchCases;
  readonly default: string | null;
}

type Key = string | number | boolean;
/** Keys are compared as text. */
type TextOf<K> = K extends Key ? `${K}` : never;
type Handled<Cases> = TextOf<keyof Cases & (string | number)>;

/** The returned keys that no case takes. */
type Missing<Keys, Cases> = Exclude<TextOf<Keys>, Handled<Cases>>;
/** The cases that are never returned: those that no possible key has the text of. */
type Dead<Keys, Cases> = Exclude<Handled<Cases>, TextOf<Keys>>;

/** Any text, or any number as text: the keys of a record of it are optional. */
type IsPattern<Text extends string> = Record<never, never> extends Record<Text, 1> ? true : false;

/** Refuses a returned value that is no key, a key without a case, and a case without a key. */
type CheckKeys<Keys, S extends SaidOfSwitch> =
  IsAny<Keys> extends true
    ? unknown
    : [Exclude<Keys, Key>] extends [never]
      ? [Dead<Keys, S['cases']>] extends [never]
        ? [S['default']] extends [never]
          ? [Missing<Keys, S['cases']>] extends [never]
            ? unknown
            : IsPattern<Missing<Keys, S['cases']>> extends true
              ? Err<'the keys have no end: only a default takes all of them'>
              : Err<`no case for the returned key '${Missing<Keys, S['cases']>}', and no default`>
          : unknown
        : Err<`case '${Dead<Keys, S['cases']>}' is never returned`>
      : Err<'a switch returns a key: a string, a number or a boolean'>;

/** What a switch gets is what the steps behind it get; a join's `input` is the output of one of its parents. */
type InputOf<M extends Method> =
  Parameter<M> extends [infer Context]
    ? Context extends { readonly inputs: infer Inputs extends object }
      ? Required<Inputs>[keyof Inputs]
      : Context extends { readonly input: infer Input }
        ? Input
        : unknown
    : unknown;

/** A key leads to one step, as `goto()` does; only where all keys lead to the same is it sure to go there. */
type Chosen<Targets> = Targets extends string ? Goto<Targets> : 0;

/** Where the keys lead, `null` included. */
type Destinations<S extends SaidOfSwitch> = S['cases'][keyof S['cases']] | S['default'];

type CheckAll<
  P,
  M extends Method,
  N extends string,
  S extends SaidOfSwitch,
  AllReturned = Returned<M> | HandlerReturned<P, S['onError']>,
> = First<
  [
    CheckPlace<P, N>,
    CheckTo<P, S['to'] | S['goto']>,
    CheckStepParameter<P, M, '@ForEach'>,
    CheckJoin<P, M, S['join']>,
    CheckKeys<MethodOutput<M>, S>,
    CheckArrival<P, N, S['to'] | S['goto'], never, Extract<AllReturned, Skip | Goto> | Chosen<Destinations<S>>>,
    CheckDirectives<P, N, AllReturned, Omit<S, 'to'> & { to: never }>,
    CheckOutput<P, N, S['to'], InputOf<M>, `the input of '${N}', which a switch passes on,`>,
    CheckHandler<P, N, S['onError'], MethodOutput<M>>,
  ]
>;

type CheckBody<M extends Method> =
  IsAny<ReturnType<M>> extends true
    ? unknown
    : ReturnType<M> extends AnyGenerator
      ? Err<"a switch returns its key: it can't be a generator">
      : unknown;

/** Everything that the compiler can refuse about a `@Switch` on target T. */
export type CheckSwitch<T, S extends SaidOfSwitch> = T extends [infer P, infer M extends Method, infer N extends string]
  ? First<[CheckBody<M>, CheckAll<P, M, N, S>]>
  : NoStep<T>;
