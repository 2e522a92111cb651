import type { Err } from './check-target.js';
import type { ContextOf, JoinContext, StateOf, StepContext } from './context.js';
import type { Method } from './outputs.js';

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

/** Refuses a step whose parameter wants another state or context than its pipeline has. */
export type CheckStepParameter<P, M extends Method> =
  Parameter<M> extends 'many'
    ? Err<'a step takes one parameter, its context'>
    : CheckParameter<M, AnyStepContext<P>, 'the parameter does not fit: wrong state or context type for this pipeline'>;
