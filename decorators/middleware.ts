import type { BaseContext } from './context.js';

/** Something that was asked for and can be taken back. */
export interface Cancelable {
  cancel(): void;
}

/** The run around a step, as a middleware sees it; the same object for all of them in one run, sub-pipelines included. */
export interface MiddlewareRun {
  readonly id: string;
  /** What the steps of the run have reported with `usage()` so far: in all, and by model where they named one. */
  readonly usage: {
    readonly input: number;
    readonly output: number;
    readonly models: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
  };
  /** Attempts of steps that have begun so far, this one included. */
  readonly steps: number;
  /** When the first step began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch by the clock of the run, which a test may have replaced. */
  now(): number;
  /** Calls back once after `milliseconds` by the clock of the run; never once the run has ended. */
  after(milliseconds: number, callback: () => void): Cancelable;
  /** Calls back each time a step has reported usage; never once the run has ended. */
  onUsage(callback: () => void): Cancelable;
  /** Fails the whole run with this error: what is alive is aborted, and neither a retry nor a handler is asked. */
  fail(error: Error): void;
}

/** What a middleware gets: everything that the context of its step has, and more of where that step is. */
export interface MiddlewareContext<State = unknown, Context = unknown> extends BaseContext<State, Context> {
  readonly kind: 'step' | 'streaming' | 'each' | 'switch' | 'sub';
  /** The output of the step before this one; of an item of an each the whole input of that. */
  readonly input: unknown;
  /** Of a join: the output of each step that arrived, by step name. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Of an item of an each. */
  readonly item?: unknown;
  /** Of an item of an each: its place in the input, from 0. */
  readonly index?: number;
  /** 1 for the first visit of the step in this run. */
  readonly visit: number;
  /** Where the step is nested: the segments of its key without the last. */
  readonly path: readonly string[];
  /** The name of the pipeline that the step belongs to. */
  readonly pipeline: string;
  /** The option `meta` of the step. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly run: MiddlewareRun;
}

interface Around<State, Context> {
  // A method, for its parameter is then compared both ways: one that knows its state fits where nobody asks for it.
  around(context: MiddlewareContext<State, Context>, next: () => unknown): unknown;
}

/**
 * A function around every attempt of a step. `next()` calls the body, or the middleware inside this one, and gives what
 * that gives: a value, a promise, or the async generator of a streaming step. What the middleware returns stands in for
 * it; one that returns nothing leaves it as it is. What it throws is the failure of the attempt.
 */
export type Middleware<State = unknown, Context = unknown> = Around<State, Context>['around'];
