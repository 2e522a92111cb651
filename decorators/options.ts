/** How often and when a failed attempt is made again. */
export interface RetryOptions {
  /** All attempts, the first included. */
  readonly attempts: number;
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

/** What `@Step` and `@Streaming` accept. */
export interface StepOptions<
  To extends string = never,
  Handler extends string = never,
  Join extends 'all' | 'any' = 'all' | 'any',
> {
  /** The steps that start when this one has ended. */
  readonly to?: To | readonly To[];
  /** `all` (the rule for several parents) waits for every parent, `any` takes the first success. */
  readonly join?: Join;
  /** The number of attempts, or how they are made. No retry by default. */
  readonly retry?: number | RetryOptions;
  /** Milliseconds for the whole attempt, or limits by kind. None by default. */
  readonly timeout?: number | TimeoutOptions;
  /** The `@OnError()` method that stands in for this step when its attempts have failed. */
  readonly onError?: Handler;
  /** Calls at once over all runs of the instance. Unlimited by default. */
  readonly concurrency?: number;
  /** Begins the run here, although other steps begin too. */
  readonly entry?: boolean;
  /** Plain data for tools; never read by the executor. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What `@OnStartup` and `@OnShutdown` accept. */
export interface HookOptions<Per extends 'instance' | 'run' = 'instance' | 'run'> {
  /** `instance` (the default) surrounds all concurrent runs once; `run` surrounds every run. */
  readonly per?: Per;
}
