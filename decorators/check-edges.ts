import type { Err } from './check-target.js';
import type { Directive, Goto, Skip } from './directive.js';
import type { IsAny, IsEach, Method, StepName, Takes } from './outputs.js';

/** Refuses a name in `to` that no step of the class has. */
export type CheckTo<P, To extends string> = [To] extends [StepName<P>]
  ? unknown
  : Err<`'${Exclude<To, StepName<P>>}' is no step of this class`>;

/** The declared `inputs` of a join; `never` for any other step. */
export type InputsOf<M> =
  M extends Takes<[infer Context]> ? (Context extends { readonly inputs: infer Inputs } ? Inputs : never) : never;

/** What a step accepts from the step called N before it. */
type Accepts<M, N extends string> =
  M extends Takes<[infer Context]>
    ? Context extends { readonly inputs: infer Inputs }
      ? N extends keyof Inputs
        ? Inputs[N]
        : never
      : Context extends { readonly input: infer Input }
        ? Input
        : unknown
    : never;

/** The steps in To whose input the output of N does not fit. */
export type Misfit<P, N extends string, To extends string, Output> = To extends keyof P
  ? unknown extends Accepts<P[To], N>
    ? never
    : [Output] extends [Accepts<P[To], N>]
      ? never
      : To
  : never;

/** The steps in To that run per item, where the output may be a text: an iterable to the compiler, but no list of items. */
type Spelling<P, To extends string, Output> =
  IsAny<Output> extends true
    ? never
    : [Extract<Output, string>] extends [never]
      ? never
      : To extends keyof P
        ? P[To] extends Method
          ? IsEach<P[To]> extends true
            ? To
            : never
          : never
        : never;

/** The steps in To that are joins. */
type JoinsOf<P, To extends string> = To extends keyof P ? ([InputsOf<P[To]>] extends [never] ? never : To) : never;

/** The Joins whose `inputs` don't name N. */
type Unlisted<P, N extends string, Joins extends string> = {
  [T in Joins]: N extends keyof InputsOf<P[T & keyof P]> ? never : T;
}[Joins];

/** Whether N may be absent: an optional name, or an index signature that admits `undefined`. */
type MayLack<Inputs, N extends keyof Inputs> =
  Record<never, never> extends Pick<Inputs, N>
    ? true
    : string extends keyof Inputs
      ? undefined extends Inputs[N]
        ? true
        : false
      : false;

/** Whether the join T counts on N. */
type CountsOn<P, N extends string, T extends string> = N extends keyof InputsOf<P[T & keyof P]>
  ? MayLack<InputsOf<P[T & keyof P]>, N> extends true
    ? false
    : true
  : false;

/** `true` if one of the returned values leads elsewhere than to T. A step that ends the run, or begins anew, leads nowhere. */
type LeadsAway<Returned, T extends string, To extends string> =
  IsAny<Returned> extends true
    ? never
    : Returned extends Skip
      ? true
      : Returned extends Goto<infer K>
        ? [K] extends [T]
          ? never
          : true
        : Returned extends Directive<'stop' | 'retry'>
          ? never
          : T extends To
            ? never
            : true;

/** The joins in Targets that count on N, although it may end without going there. */
type Counting<P, N extends string, Joins extends string, To extends string, Returned> = {
  [T in Joins]: CountsOn<P, N, T> extends true ? ([LeadsAway<Returned, T, To>] extends [never] ? never : T) : never;
}[Joins];

/** Whether a returned type contains `skip()`. */
type MaySkip<Returned> = [Extract<Returned, Skip>] extends [never] ? false : true;

/**
 * Refuses an edge from N to a join that doesn't name it, or can't do without it though N may skip or go elsewhere. Of
 * Targets, a plain return leads to all of To.
 */
export type CheckArrival<P, N extends string, Targets extends string, To extends string, Returned> = [
  JoinsOf<P, Targets>,
] extends [never]
  ? unknown
  : CheckJoins<P, N, JoinsOf<P, Targets>, To, Returned>;

type CheckJoins<P, N extends string, Joins extends string, To extends string, Returned> = [
  Unlisted<P, N, Joins>,
] extends [never]
  ? [Counting<P, N, Joins, To, Returned>] extends [never]
    ? unknown
    : Err<`'${N}' may ${MaySkip<Returned> extends true ? 'skip' : 'go elsewhere'}: make it optional in the inputs of '${Counting<P, N, Joins, To, Returned>}'`>
  : Err<`'${N}' leads to '${Unlisted<P, N, Joins>}', whose inputs don't name it`>;

/** Refuses an edge to a step that doesn't accept the output of N, or what else What names. */
export type CheckOutput<
  P,
  N extends string,
  To extends string,
  Output,
  What extends string = `the output of '${N}'`,
> = [To] extends [never]
  ? unknown
  : [Misfit<P, N, To, Output>] extends [never]
    ? [Spelling<P, To, Output>] extends [never]
      ? unknown
      : Err<`${What} may be a string: '${Spelling<P, To, Output>}' runs once per item of an array`>
    : Err<`${What} does not fit the input of '${Misfit<P, N, To, Output>}'`>;
