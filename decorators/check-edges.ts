import type { Parameter } from './check-parameter.js';
import type { Err } from './check-target.js';
import type { Skip } from './directive.js';
import type { IsAny, Method, StepName } from './outputs.js';

/** Refuses a name in `to` that no step of the class has. */
export type CheckTo<P, To extends string> = [Exclude<To, StepName<P>>] extends [never]
  ? unknown
  : Err<`'${Exclude<To, StepName<P>>}' is no step of this class`>;

/** The declared `inputs` of a join; `never` for any other step. */
export type InputsOf<M> = M extends Method
  ? Parameter<M> extends [{ readonly inputs: infer Inputs }]
    ? Inputs
    : never
  : never;

/** What a step accepts from the step called N before it. */
type Accepts<M, N extends string> = M extends Method
  ? Parameter<M> extends [infer Context]
    ? Context extends { readonly inputs: infer Inputs }
      ? N extends keyof Inputs
        ? Inputs[N]
        : never
      : Context extends { readonly input: infer Input }
        ? Input
        : unknown
    : unknown
  : never;

/** The steps in To whose input the output of N does not fit. */
type Misfit<P, N extends string, To extends string, Output> = {
  [T in To]: unknown extends Accepts<P[T & keyof P], N>
    ? never
    : [Output] extends [Accepts<P[T & keyof P], N>]
      ? never
      : T;
}[To];

/** The joins in To whose `inputs` don't name N. */
type Unlisted<P, N extends string, To extends string> = {
  [T in To]: [InputsOf<P[T & keyof P]>] extends [never] ? never : N extends keyof InputsOf<P[T & keyof P]> ? never : T;
}[To];

/** Whether N may be absent: an optional name, or an index signature that admits `undefined`. */
type MayLack<Inputs, N extends keyof Inputs> =
  Record<never, never> extends Pick<Inputs, N>
    ? true
    : string extends keyof Inputs
      ? undefined extends Inputs[N]
        ? true
        : false
      : false;

/** The joins in To that count on N, which may skip. */
type Counting<P, N extends string, To extends string> = {
  [T in To]: [InputsOf<P[T & keyof P]>] extends [never]
    ? never
    : N extends keyof InputsOf<P[T & keyof P]>
      ? MayLack<InputsOf<P[T & keyof P]>, N> extends true
        ? never
        : T
      : never;
}[To];

/** Whether a returned type contains `skip()`. */
type MaySkip<Returned> =
  IsAny<Returned> extends true ? false : [Extract<Returned, Skip>] extends [never] ? false : true;

/** Refuses an edge from N to a step that doesn't accept its output, doesn't name it, or can't do without it. */
export type CheckEdges<P, N extends string, To extends string, Output, Returned> = [To] extends [never]
  ? unknown
  : [Unlisted<P, N, To>] extends [never]
    ? [Misfit<P, N, To, Output>] extends [never]
      ? MaySkip<Returned> extends true
        ? [Counting<P, N, To>] extends [never]
          ? unknown
          : Err<`'${N}' may skip: make it optional in the inputs of '${Counting<P, N, To>}'`>
        : unknown
      : Err<`the output of '${N}' does not fit the input of '${Misfit<P, N, To, Output>}'`>
    : Err<`'${N}' leads to '${Unlisted<P, N, To>}', whose inputs don't name it`>;
