import type { AnyPipeline } from '../../decorators/context.js';
import { TokensResetError } from '../errors/misuse-error.js';
import { EventIterator, LEFT_OUT, type IteratorHost, type IteratorOptions } from './event-iterator.js';
import { checkIteratorOptions } from './check-iterator-options.js';
import type { EventOf, EventType, RunEvent, TokenEvent, TokenReset, TokenValue } from './events.js';
import type { Listeners } from './listeners.js';
import type { RunResult } from './result.js';

/** How `run.tokens()` deals with tokens that stop counting. */
export interface TokensOptions {
  /** Takes back what was read: tokens of `event.step` with `event.from <= seq <= event.to`. Without it the loop ends with an error. */
  readonly onReset?: (event: TokenReset<string>) => void;
}

/** Events of a run, one after the other. Leaving the loop over them is `return()`. */
export interface RunEvents<E> extends AsyncIterableIterator<E, undefined> {
  /** Attaches now and not at the first read, as adapters do; throws a `LateIteratorError` if that is too late. */
  attach(): this;
}

/** Any run, whatever its pipeline: what adapters take. Every `Run<P>` is one. */
export interface AnyRun extends AsyncIterable<RunEvent, void, undefined> {
  readonly id: string;
  readonly result: Promise<RunResult<AnyPipeline>>;
  events(options?: IteratorOptions): AsyncIterableIterator<RunEvent, undefined> & { attach?(): unknown };
  tokens(options?: TokensOptions): AsyncIterableIterator<unknown, undefined>;
  cancel(reason?: unknown): Promise<void>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any listener of any pipeline
  on(type: EventType, listener: (event: any) => unknown): this;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any listener of any pipeline
  once(type: EventType, listener: (event: any) => unknown): this;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any listener of any pipeline
  off(type: EventType, listener: (event: any) => unknown): this;
}

/** What a run's handle asks of the executor. */
export interface RunHost extends IteratorHost {
  readonly id: string;
  readonly result: Promise<RunResult<AnyPipeline>>;
  readonly listeners: Listeners;
  cancel(reason: unknown): Promise<void>;
}

/** One trip through a pipeline: an async iterable of its events, with the same events for listeners. */
export class Run<P = AnyPipeline> implements AnyRun {
  readonly #host: RunHost;

  constructor(host: RunHost) {
    this.#host = host;
  }

  /** What every event of this run carries as `runId`. */
  get id(): string {
    return this.#host.id;
  }

  /**
   * The outcome. Resolves for `success`, and after your own `cancel()` or leaving; rejects with a `RunError` whose
   * `.result` is the full result for `failed`, `timeout` and a cancel from outside. Awaiting it inside the loop over
   * this run waits for oneself.
   */
  get result(): Promise<RunResult<P>> {
    return this.#host.result as Promise<RunResult<P>>;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<RunEvent<P>, undefined> {
    return this.events();
  }

  /** All events, behind `after` if given. Leaving the last open iterator cancels the run, but with `leave: 'detach'`. */
  events(options?: IteratorOptions): RunEvents<RunEvent<P>> {
    if (options) checkIteratorOptions(options);
    return new EventIterator(this.#host, (event) => event as RunEvent<P>, options);
  }

  /** The tokens alone, of one step or of all, each as its step yielded it. */
  tokens(options?: TokensOptions): AsyncIterableIterator<TokenEvent<P>['value'], undefined>;
  tokens<K extends TokenEvent<P>['step']>(
    step: K,
    options?: TokensOptions,
  ): AsyncIterableIterator<TokenValue<P, K>, undefined>;
  tokens(stepOrOptions?: string | TokensOptions, options?: TokensOptions): AsyncIterableIterator<never, undefined> {
    const step = typeof stepOrOptions === 'string' ? stepOrOptions : undefined;
    const { onReset } = (typeof stepOrOptions === 'string' ? options : stepOrOptions) ?? {};
    return new EventIterator<never>(this.#host, tokenReader(step, onReset));
  }

  /** Ends the run; resolves when it has ended, hooks included. Cancelling an ended run does nothing. */
  cancel(reason?: unknown): Promise<void> {
    return this.#host.cancel(reason);
  }

  /** Listens to one type of event. A listener never holds the run, and what it throws is an `observer-error` event. */
  on<T extends EventType>(type: T, listener: (event: EventOf<P, T>) => unknown): this {
    this.#host.listeners.on(type, listener);
    return this;
  }

  /** As `on`, for the first event of that type only. */
  once<T extends EventType>(type: T, listener: (event: EventOf<P, T>) => unknown): this {
    this.#host.listeners.once(type, listener);
    return this;
  }

  /** Takes a listener away that `on` or `once` was given. */
  off<T extends EventType>(type: T, listener: (event: EventOf<P, T>) => unknown): this {
    this.#host.listeners.off(type, listener);
    return this;
  }
}

/** Picks the values of tokens; a reset of values already given out goes to `onReset`, or ends the iteration (D.4). */
function tokenReader(
  step: string | undefined,
  onReset: TokensOptions['onReset'],
): (event: RunEvent) => never | typeof LEFT_OUT {
  let given = 0;
  return (event) => {
    if (event.type === 'token') {
      if (step !== undefined && event.step !== step) return LEFT_OUT;
      given = event.seq;
      return event.value as never;
    }
    if (event.type !== 'token-reset' || event.from > given || (step !== undefined && event.step !== step))
      return LEFT_OUT;
    if (!onReset) throw new TokensResetError(event.step);
    onReset(event);
    return LEFT_OUT;
  };
}
