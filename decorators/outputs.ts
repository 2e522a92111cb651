import type { StateOf } from './context.js';
import type { Call, Directive, Suspend } from './directive.js';

/** Any method, whatever it takes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a method-signature constraint
export type Method = (...args: any[]) => any;

/** A method that takes this. To compare what it returns with a type would ask what a body returns, maybe within it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what it returns isn't asked
export type Takes<Parameters extends readonly unknown[]> = (...args: Parameters) => any;

/** An async generator, whatever it is sent. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TNext is contravariant: only any is any
export type Streams<T, R = unknown> = AsyncGenerator<T, R, any>;

/** A generator, async or not. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export type AnyGenerator = Streams<unknown> | Generator<unknown, unknown, any>;

/** The public members of `Pipeline`: no step may have such a name. A type test keeps the list equal to the class. */
export type PipelineMember = '~types' | 'run' | 'resume' | 'open' | 'close' | 'on' | 'once' | 'off';

/** A method that could be a step: it takes nothing, or a step context (which, unlike a handler's, names no failed step). */
type StepLike<M> =
  M extends Takes<[]>
    ? true
    : M extends Takes<[infer C]>
      ? C extends { readonly failed: string }
        ? false
        : C extends { readonly runId: string; readonly signal: AbortSignal; readonly step: string }
          ? true
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
export type Returned<M extends Method> = ReturnType<M> extends Streams<unknown, infer R> ? R : Awaited<ReturnType<M>>;
/**
 * A returned value as an output: nothing is `undefined`, of a suspension it is the answer, of a call the child's final
 * state; other directives are none.
 */
export type Value<R> =
  IsAny<R> extends true
    ? R
    : R extends void
      ? undefined
      : R extends Directive<string>
        ? R extends Suspend<infer Answer>
          ? Answer
          : R extends Call<infer Child>
            ? StateOf<Child>
            : never
        : R;

/** Whether a method runs once per item of its input: its parameter says so. */
export type IsEach<M extends Method> =
  Parameters<M> extends [infer C]
    ? C extends { readonly item: unknown; readonly index: number }
      ? true
      : false
    : false;

/** The output of a stream that returns nothing: its text, if all that it yields is text. */
type TextOf<T> = [T] extends [never] ? undefined : [T] extends [string] ? string : undefined;
type StreamOutput<T, R> = IsAny<R> extends true ? R : R extends void ? TextOf<T> : Value<R>;

/** What one call of a method gives, which of an each is one item's result. */
export type ItemOutput<M extends Method> =
  ReturnType<M> extends Streams<infer T, infer R> ? StreamOutput<T, R> : Value<Returned<M>>;

/** The output of a method as a step; of an each the results of its items in order, without those that were skipped. */
export type MethodOutput<M extends Method> = IsEach<M> extends true ? ItemOutput<M>[] : ItemOutput<M>;

/** The output of a step: what its method returns, of an each the array of it. */
export type OutputOf<P, K extends keyof P> = P[K] extends Method ? MethodOutput<P[K]> : never;

/** The outputs of several steps by name: what a join gets as `inputs`. */
export type Outputs<P, K extends keyof P> = { readonly [N in K]: OutputOf<P, N> };

/** What a streaming step yields. */
export type TokenOf<P, K extends keyof P> = P[K] extends (...args: never[]) => Streams<infer T> ? T : never;

/** True for the bare base class, of whose steps nothing is known. */
export type Open<P> = [StepName<P>] extends [never] ? true : false;

/** A step name of `P`, or any string where nothing is known of its steps. */
export type AnyStep<P> = Open<P> extends true ? string : StepName<P>;
