import type { Err } from './check-target.js';
import type { Middleware } from './middleware.js';
import type { StandardSchema } from './standard-schema.js';

/** How often and when a failed attempt is made again. */
export interface RetryOptions<Attempts extends number = number> {
  /** All attempts, the first included. */
  readonly attempts: Attempts;
  /** Milliseconds before the second attempt; 0 by default. */
  readonly delay?: number;
  /** Each further delay is this many times the one before; 1 by default. */
  readonly backoff?: number;
  /** Takes a random part of each delay, so that many runs don't retry in step. */
  readonly jitter?: boolean;
  /** Says whether this error is worth another attempt; `tokens` is how many were already streamed. */
  readonly when?: (error: unknown, attempt: { readonly attempt: number; readonly tokens: number }) => boolean;
}

/** Time limits of one attempt, in milliseconds; the time in which the consumer holds a yield back doesn't count. */
export interface TimeoutOptions {
  /** The whole attempt. */
  readonly step?: number;
  /** Until the first token. */
  readonly firstToken?: number;
  /** Between two tokens. */
  readonly idle?: number;
}

/** What every decorator of a step accepts; where the step runs per item, `retry`, `timeout` and `onError` are per item. */
export interface CommonOptions<
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
  Attempts extends number = number,
  Answer = unknown,
> {
  /** `all` (the rule for several parents) waits for every parent, `any` takes the first success. */
  readonly join?: Join;
  /** The number of attempts, or how they are made. No retry by default. */
  readonly retry?: Attempts | RetryOptions<Attempts>;
  /** The `@OnError()` method that stands in for this step when its attempts have failed. */
  readonly onError?: Handler;
  /** How often it may run in one run, so that no loop runs away. 100 by default. */
  readonly maxVisits?: number;
  /** Validates the answer to this step's `suspend()`, also in a process that never ran it. */
  readonly answer?: StandardSchema<Answer>;
  /** Called around each attempt of this step. */
  readonly middleware?: Middleware | readonly Middleware[];
  /** Begins the run here, although other steps begin too. */
  readonly entry?: boolean;
  /** Plain data for tools; never read by the executor. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What `@Step` and `@Streaming` accept. */
export interface StepOptions<
  To extends string = never,
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
  Goto extends string = never,
  Attempts extends number = number,
  Answer = unknown,
> extends CommonOptions<Handler, Join, Attempts, Answer> {
  /** The steps that start when this one has ended. */
  readonly to?: To | readonly To[];
  /** The steps that it may go to instead, by `goto()`. */
  readonly goto?: Goto | readonly Goto[];
  /** Milliseconds for the whole attempt, or limits by kind. None by default. */
  readonly timeout?: number | TimeoutOptions;
  /** Calls at once over all runs of the instance. Unlimited by default. */
  readonly concurrency?: number;
}

/**
 * What becomes of the others when an item has failed: `fail` cancels them and fails the step, `skip` leaves the item out of
 * the results, `collect` runs them all and fails then, with every error.
 */
export type OnItemError = 'fail' | 'skip' | 'collect';

/** What `@ForEach` accepts. */
export interface ForEachOptions<
  To extends string = never,
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
  Attempts extends number = number,
  Answer = unknown,
> extends CommonOptions<Handler, Join, Attempts, Answer> {
  /** The steps that start when all items have ended. */
  readonly to?: To | readonly To[];
  /** Items at once. 16 by default. */
  readonly concurrency?: number;
  /** `fail` by default. */
  readonly onItemError?: OnItemError;
  /** On workers: items are spread over all of them, each as a run of its own. In process it changes nothing. */
  readonly distributed?: boolean;
  /** Milliseconds for the whole attempt at one item, or limits by kind. None by default. */
  readonly timeout?: number | TimeoutOptions;
}

/** Where each key of a switch leads; `null` to the end. */
export type SwitchCases = Readonly<Record<string, string | null>>;

/** What `@Switch` accepts. */
export interface SwitchOptions<
  Cases extends SwitchCases = SwitchCases,
  Default extends string | null = string | null,
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
  Goto extends string = never,
  Attempts extends number = number,
  Answer = unknown,
> extends CommonOptions<Handler, Join, Attempts, Answer> {
  /** The step that starts for each key, or `null`: nothing follows. */
  readonly cases: Cases;
  /** Where a key without a case leads. */
  readonly default?: Default;
  /** The steps that it may go to instead, by `goto()`. */
  readonly goto?: Goto | readonly Goto[];
  /** Milliseconds for the whole attempt, or limits by kind. None by default. */
  readonly timeout?: number | Pick<TimeoutOptions, 'step'>;
  /** Calls at once over all runs of the instance. Unlimited by default. */
  readonly concurrency?: number;
}

/** What `@SubPipeline` accepts besides the class. */
export interface SubPipelineOptions<
  To extends string = never,
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
  Goto extends string = never,
  Attempts extends number = number,
  Answer = unknown,
  PerItem extends boolean = boolean,
> extends CommonOptions<Handler, Join, Attempts, Answer> {
  /** The steps that start when the child, or the last of them, has ended. */
  readonly to?: To | readonly To[];
  /** The steps that it may go to instead, by `goto()`; not with `each`. */
  readonly goto?: Goto | readonly Goto[];
  /** Runs one child per item of the input. */
  readonly each?: PerItem;
  /** With `each`, items at once (16 by default); else calls at once over all runs of the instance. */
  readonly concurrency?: number;
  /** With `each`; `fail` by default. */
  readonly onItemError?: PerItem extends true ? OnItemError : Err<'onItemError needs each: true'>;
  /** Milliseconds for the whole attempt, the child's run included. None by default. */
  readonly timeout?: number | Pick<TimeoutOptions, 'step'>;
}

/** What `@OnStartup` and `@OnShutdown` accept. */
export interface HookOptions<Per extends 'instance' | 'run' = 'instance' | 'run'> {
  /** `instance` (the default) surrounds all concurrent runs once; `run` surrounds every run. */
  readonly per?: Per;
}
