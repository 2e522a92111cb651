import type { BaseContext, EachContext, ErrorContext, HookContext, RunContext } from '../../decorators/context.js';
import type { Middleware } from '../../decorators/middleware.js';
import type { RetryOptions } from '../../decorators/options.js';

/**
 * What a defined step gets whose parameter has no type of its own: who reads `input` or `inputs` says what they are, as in
 * `step({ input }: StepContext<State, string>)`, and the compiler checks it against what the steps before return.
 */
export interface OpenStepContext<State, Context = unknown> extends BaseContext<State, Context> {
  readonly input?: unknown;
  readonly inputs?: object;
}

/** The types that a definition can't say with values: `types: {} as { state: Conversation }`. */
export interface DefinedTypes {
  readonly state?: object;
  /** What the caller passes as `context`. */
  readonly context?: unknown;
}

/** The names under which a step has its method, and so of the kinds of steps. */
export type BodyKey = 'step' | 'streaming' | 'forEach' | 'switch' | 'subPipeline';

/**
 * A function whose parameter gets its type from here. Anything else is taken as well, and judged by the checks, which have a
 * better message: what the bound of a type parameter refuses leaves nothing to infer. One parameter too many is among that,
 * hence the rest.
 */
type Typed<Context> = ((context: Context, ...none: never[]) => unknown) | Anything;
type Anything = object | string | number | bigint | boolean | symbol | null | undefined;

/** One step of a definition, as far as an author's functions get the types of their parameters from it. */
export interface StepShape<State, Context = unknown> {
  readonly retry?: RetryOptions | Anything;
  readonly middleware?: Middleware<State, Context> | readonly Middleware<State, Context>[] | Anything;
  /** As under `@Step`. */
  readonly step?: Typed<OpenStepContext<State, Context>>;
  /** As under `@Streaming`. */
  readonly streaming?: Typed<OpenStepContext<State, Context>>;
  /** As under `@ForEach`. */
  readonly forEach?: Typed<EachContext<State, unknown, Context>>;
  /** As under `@Switch`. */
  readonly switch?: Typed<OpenStepContext<State, Context>>;
  /** As under `@SubPipeline`. */
  readonly subPipeline?: Typed<OpenStepContext<State, Context>>;
  readonly of?: (() => unknown) | Anything;
  readonly [option: string]: unknown;
}

/** The steps of a definition by name; a function alone is a plain step without options. */
export type StepShapes<State, Context = unknown> = Readonly<
  Record<string, StepShape<State, Context> | Typed<OpenStepContext<State, Context>>>
>;

/** The handlers of failed steps by name, as under `@OnError`. */
export type HandlerShapes<State, Context = unknown> = Readonly<Record<string, Typed<ErrorContext<State, Context>>>>;

/** Lifecycle hooks by name, in order; a function alone surrounds all concurrent runs once. */
export type HookShapes<State, Context = unknown> = Readonly<
  Record<string, PerInstanceHook | PerRunHook<State, Context> | Typed<HookContext>>
>;

/** A hook that surrounds every run. */
export interface PerRunHook<State, Context = unknown> {
  readonly per: 'run';
  readonly hook: Typed<RunContext<State, Context>>;
}

/** A hook that surrounds all concurrent runs once. */
export interface PerInstanceHook {
  readonly per?: 'instance';
  readonly hook: Typed<HookContext>;
}
