import type { Directive } from './directive.js';

/** Any method, whatever it takes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a method-signature constraint
export type Method = (...args: any[]) => any;

/** The public members of `Pipeline`: no step may have such a name. A type test keeps the list equal to the class. */
export type PipelineMember = '~types' | 'run' | 'open' | 'close' | 'on' | 'once' | 'off';

/** A method that could be a step: it takes nothing, or a step context (which, unlike a handler's, names no failed step). */
type StepLike<M> = M extends Method
  ? Parameters<M> extends []
    ? true
    : Parameters<M> extends [infer C]
      ? C extends { readonly failed: string }
        ? false
        : C extends { readonly runId: string; readonly signal: AbortSignal; readonly step: string }
          ? true
          : false
      : false
  : false;

type OwnKey<P> = Exclude<keyof P, PipelineMember> & string;

/** The names of a pipeline's steps: its public methods (TypeScript hides private and protected ones). */
export type StepName<P> = { [K in OwnKey<P>]: StepLike<P[K]> extends true ? K : never }[OwnKey<P>];

/** What is typed `any` is taken for no stream: it would make every token `unknown`. */
type IsStream<M> = M extends (...args: never[]) => AsyncGenerator<unknown, unknown, unknown>
  ? IsAny<ReturnType<M>> extends true
    ? false
    : true
  : false;

/** The names of the steps that stream. */
export type StreamingStepName<P> = { [K in StepName<P>]: IsStream<P[K]> extends true ? K : never }[StepName<P>];

/** True for `any` alone. */
export type IsAny<T> = 0 extends 1 & T ? true : false;
/** What a method returns at last: awaited, and of a generator its `return` value. */
export type Returned<M extends Method> =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a generator's TNext is contravariant
  ReturnType<M> extends AsyncGenerator<any, infer R, any> ? R : Awaited<ReturnType<M>>;
/** A returned value as an output: directives are none, nothing is `undefined`. */
export type Value<R> = IsAny<R> extends true ? R : R extends void ? undefined : R extends Directive<string> ? never : R;

/** A streaming method that returns nothing and yields only strings has its text as output. */
export type MethodOutput<M extends Method> =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  ReturnType<M> extends AsyncGenerator<infer T, infer R, any>
    ? IsAny<R> extends true
      ? R
      : [R] extends [void]
        ? [T] extends [never]
          ? undefined
          : [T] extends [string]
            ? string
            : undefined
        : Value<R>
    : Value<Returned<M>>;

/** The output of a step: what its method returns. */
export type OutputOf<P, K extends keyof P> = P[K] extends Method ? MethodOutput<P[K]> : never;

/** The outputs of several steps by name: what a join gets as `inputs`. */
export type Outputs<P, K extends keyof P> = { readonly [N in K]: OutputOf<P, N> };

/** What a streaming step yields. */
export type TokenOf<P, K extends keyof P> =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  P[K] extends (...args: any[]) => AsyncGenerator<infer T, any, any> ? T : never;

/** True for the bare base class, of whose steps nothing is known. */
export type Open<P> = [StepName<P>] extends [never] ? true : false;

/** A step name of `P`, or any string where nothing is known of its steps. */
export type AnyStep<P> = Open<P> extends true ? string : StepName<P>;
