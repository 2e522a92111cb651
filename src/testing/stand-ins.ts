import type { AnyPipeline, Ctx, StateOf } from '../../decorators/context.js';
import type { Method, PipelineMember, StepName, Streams } from '../../decorators/outputs.js';

/** What a step's method takes; the context of any step where it takes nothing. */
type ContextOfStep<P extends AnyPipeline, M> = M extends (context: infer C) => unknown
  ? unknown extends C
    ? Ctx<P>
    : C
  : Ctx<P>;

/** A stand-in takes what the step takes, and returns what it returns: at once or later, or as a generator if it streams. */
export type StepStandIn<P extends AnyPipeline, M> = M extends Method
  ? ReturnType<M> extends Streams<infer T, infer R>
    ? (context: ContextOfStep<P, M>) => AsyncGenerator<T, R, unknown>
    : (context: ContextOfStep<P, M>) => Awaited<ReturnType<M>> | Promise<Awaited<ReturnType<M>>>
  : never;

/** Public members that are methods: hooks, handlers and steps look alike to the compiler. */
type MethodName<P> = {
  [K in Exclude<keyof P, PipelineMember> & string]: P[K] extends Method ? K : never;
}[Exclude<keyof P, PipelineMember> & string];

/** What a hook may give back is of no interest. */
export type HookStandIn<M> = M extends Method ? (...context: Parameters<M>) => unknown : never;

/** Names beyond the public ones: private members have no type outside their class, so nothing of theirs is checked. */
type Unchecked = Readonly<Record<string, unknown>>;

/** Who stands in for whom, by name. */
export interface StandIns<P extends AnyPipeline> {
  /** Checked by the class: each takes what its step takes, and returns what that returns. */
  readonly steps?: { readonly [K in StepName<P>]?: StepStandIn<P, P[K]> };
  /** For `@OnStartup` and `@OnShutdown` methods, private ones (but not `#private`) included. */
  readonly hooks?: { readonly [K in MethodName<P>]?: HookStandIn<P[K]> } & Unchecked;
  /** For `@OnError` methods. */
  readonly handlers?: { readonly [K in MethodName<P>]?: StepStandIn<P, P[K]> } & Unchecked;
  /** For fields: clients, pools, sub-pipelines; private ones (but not `#private`) included. A hook that sets the field changes nothing. */
  readonly services?: { readonly [K in Exclude<keyof P, PipelineMember> & string]?: P[K] } & Unchecked;
}

/** What is kept of the context of a call. */
type Kept = 'input' | 'inputs' | 'item' | 'index' | 'attempt';

/** One call of a step's stand-in: what it got, as it was then. */
export type StepCall<P extends AnyPipeline, M = Method> = {
  readonly [K in keyof ContextOfStep<P, M> & Kept]: ContextOfStep<P, M>[K];
} & { readonly state: StateOf<P> };

/** Stand-ins at work; `using` or `restore()` puts back what was there. */
export interface StandIn<P extends AnyPipeline> extends Disposable {
  /** The calls of each step that is stood in for, in the order in which they were made. Throws for any other step. */
  readonly calls: { readonly [K in StepName<P>]: readonly StepCall<P, P[K]>[] };
  /** Puts back what was there; a second time it does nothing. */
  restore(): void;
}
