import type { Call } from './directive.js';
import type { IsAny, Method, Returned, StepName } from './outputs.js';

/** The pipeline that a returned `call()` runs. */
export type ChildOf<R> = IsAny<R> extends true ? never : R extends Call<infer Child> ? Child : never;

type ChildrenOf<P> = { [K in StepName<P>]: P[K] extends Method ? ChildOf<Returned<P[K]>> : never }[StepName<P>];

/** Tells a class from its subclasses, which have more steps: it fits neither way. */
type Exactly<P> = (pipeline: P) => P;

/**
 * A pipeline and all that its steps call, however deep. It is `P` alone where no step returns `call()`, so that only a
 * class with sub-pipelines has the steps of others among its events. `Seen` ends the recursion of a class that calls
 * itself.
 */
export type Family<P, Seen = never> = P extends unknown
  ? Exactly<P> extends Seen
    ? never
    : P | Family<ChildrenOf<P>, Seen | Exactly<P>>
  : never;
