import type {
  AnyPipeline,
  BaseContext,
  EachContext,
  ErrorContext,
  HookContext,
  RunContext,
} from '../../decorators/context.js';
import type { Middleware } from '../../decorators/middleware.js';
import type { OnItemError, RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';

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

/**
 * One step of a definition: the options of its decorator, and one method whose name says what kind of step it is. Which
 * options belong to which kind is checked apart, with a message.
 */
export interface StepDefinition<State, Context = unknown> {
  readonly to?: string | readonly string[];
  readonly goto?: string | readonly string[];
  readonly join?: 'all' | 'any';
  readonly retry?: number | RetryOptions;
  readonly timeout?: number | TimeoutOptions;
  readonly onError?: string;
  readonly concurrency?: number;
  readonly maxVisits?: number;
  readonly answer?: StandardSchema;
  readonly middleware?: Middleware | readonly Middleware[];
  readonly entry?: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Of `forEach`, and of `subPipeline` with `each`. */
  readonly onItemError?: OnItemError;
  /** Of `switch`. */
  readonly cases?: Readonly<Record<string, string | null>>;
  /** Of `switch`. */
  readonly default?: string | null;
  /** Of `subPipeline`: the class that it runs. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: any constructor
  readonly of?: () => abstract new (...args: any[]) => AnyPipeline;
  /** Of `subPipeline`: one child per item of the input. */
  readonly each?: boolean;

  // Methods, for their parameter is then compared both ways: one that says what its input is fits.

  /** As under `@Step`. */
  step?(context: OpenStepContext<State, Context>): unknown;
  /** As under `@Streaming`. */
  streaming?(context: OpenStepContext<State, Context>): AsyncGenerator<unknown, unknown, unknown>;
  /** As under `@ForEach`. */
  forEach?(context: EachContext<State, unknown, Context>): unknown;
  /** As under `@Switch`. */
  switch?(context: OpenStepContext<State, Context>): unknown;
  /** As under `@SubPipeline`. */
  subPipeline?(context: OpenStepContext<State, Context>): unknown;
}

/** The names under which a step has its method, and so of the kinds of steps. */
export type BodyKey = 'step' | 'streaming' | 'forEach' | 'switch' | 'subPipeline';

interface Slots<State, Context> {
  step(context: OpenStepContext<State, Context>): unknown;
  handler(context: ErrorContext<State, Context>): unknown;
  hook(context: HookContext): unknown;
}

/** The steps of a definition by name; a function alone is a plain step without options. */
export type StepDefinitions<State, Context = unknown> = Readonly<
  Record<string, StepDefinition<State, Context> | Slots<State, Context>['step']>
>;

/** The handlers of failed steps by name, as under `@OnError`. */
export type HandlerDefinitions<State, Context = unknown> = Readonly<Record<string, Slots<State, Context>['handler']>>;

/** A hook that surrounds every run. */
export interface PerRunHook<State, Context = unknown> {
  readonly per: 'run';
  hook(context: RunContext<State, Context>): unknown;
}

/** A hook that surrounds all concurrent runs of an instance once, as one that is a function does. */
export interface PerInstanceHook {
  readonly per?: 'instance';
  hook(context: HookContext): unknown;
}

/** Lifecycle hooks by name, in order. */
export type HookDefinitions<State, Context = unknown> = Readonly<
  Record<string, Slots<State, Context>['hook'] | PerInstanceHook | PerRunHook<State, Context>>
>;
