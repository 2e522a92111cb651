import type { Err } from './check-target.js';
import type { ContextOf, EachContext, JoinContext, StateOf, StepContext } from './context.js';
import type { IsEach, Method } from './outputs.js';

/** What a method takes: nothing, one context, or too much. */
export type Parameter<M extends Method> =
  Parameters<M> extends [] ? [] : Parameters<M> extends [infer Only] ? [Only] : 'many';

/** Refuses a method that takes anything else than what it is given. */
export type CheckParameter<M extends Method, Given, Message extends string> =
  Parameter<M> extends []
    ? unknown
    : Parameter<M> extends [infer Declared]
      ? [Given] extends [Declared]
        ? unknown
        : Err<Message>
      : Err<Message>;

/** Fits every declared input: whether `input` and `inputs` fit is asked of each edge. */
type AnyStepContext<P> = StepContext<StateOf<P>, never, ContextOf<P>> & JoinContext<StateOf<P>, never, ContextOf<P>>;
type AnyEachContext<P> = EachContext<StateOf<P>, never, ContextOf<P>, never>;

type WrongContext = 'the parameter does not fit: wrong state or context type for this pipeline';

/** Refuses a step whose parameter wants another state or context than its pipeline has, or items where there are none. */
export type CheckStepParameter<P, M extends Method, Needed extends string> =
  Parameters<M> extends []
    ? unknown
    : Parameters<M> extends [infer Declared]
      ? Declared extends { readonly item: unknown; readonly index: number }
        ? Err<`an Each parameter needs ${Needed}`>
        : [AnyStepContext<P>] extends [Declared]
          ? unknown
          : Err<WrongContext>
      : Err<'a step takes one parameter, its context'>;

/** Refuses a step that runs per item and doesn't say what an item is, or wants another state or context. */
export type CheckEachParameter<P, M extends Method, Decorator extends string> =
  IsEach<M> extends true
    ? CheckParameter<M, AnyEachContext<P>, WrongContext>
    : Err<`${Decorator} needs one parameter of type Each<this, Item>`>;
