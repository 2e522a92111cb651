import type { AnyPipeline } from '../decorators/context.js';
import { hostOf } from './executor/host-of.js';
import { resumeRun, startRun } from './executor/start-run.js';
import type { Checkpoint } from './run/checkpoint.js';
import type { Answers } from './run/suspension.js';
import type { EventOf, EventType } from './run/events.js';
import type { Run } from './run/run.js';
import type { ResumeOptions, WithContext } from './executor/run-options.js';

/**
 * The class that pipelines extend. Its methods with decorators are the graph; one instance serves any number of runs at
 * once, so data of one run lives in the state and services are fields.
 */
export abstract class Pipeline<State extends object, Context = unknown> {
  /** Types only; never set. */
  declare readonly '~types': { readonly state: State; readonly context: Context };

  // `this: Self`, not the type `this`: the members are then the same in every class, so that a pipeline stays assignable
  // to Pipeline<State>.

  /**
   * Starts a run in the next microtask and returns its handle. `state` is plain data and is copied. Throws
   * `BlueprintError` for a class that can't run, `MisuseError` and `NotPlainDataError` for a call that can't.
   */
  run<Self extends AnyPipeline>(
    this: Self,
    state: Self['~types']['state'],
    ...[options]: WithContext<Self['~types']['context']>
  ): Run<Self> {
    return startRun<Self>(this, state, options);
  }

  /**
   * Goes on with a suspended run, in this process or another: `answers` by step key, some of which may come later. It is
   * the same run (id, events' numbers, text go on) in its next segment; `context`, `signal` and `timeout` are given anew.
   * With a `store` one caller alone can resume a segment; without one nothing prevents a second. Throws `MisuseError` for
   * a checkpoint or an answer that can't be taken.
   */
  resume<Self extends AnyPipeline>(
    this: Self,
    checkpoint: Checkpoint,
    answers: Answers<Self>,
    ...[options]: WithContext<Self['~types']['context'], ResumeOptions<Self['~types']['context']>>
  ): Run<Self> {
    return resumeRun<Self>(this, checkpoint, answers, options);
  }

  /** Runs the startup hooks and holds the instance up between runs, until `close()`; resolves to the instance. Throws `BlueprintError` at once. */
  open<Self extends AnyPipeline>(this: Self): Promise<Self> {
    return hostOf(this)
      .open()
      .then(() => this);
  }

  /** Lets the instance go; resolves when the last run has ended and the shutdown hooks have run. Throws what they throw. */
  close(): Promise<void> {
    return hostOf(this).close();
  }

  /** Listens to one type of event of all runs of this instance. */
  on<Self extends AnyPipeline, T extends EventType>(
    this: Self,
    type: T,
    listener: (event: EventOf<Self, T>) => unknown,
  ): Self {
    hostOf(this).listeners.on(type, listener);
    return this;
  }

  /** As `on`, for the first event of that type only. */
  once<Self extends AnyPipeline, T extends EventType>(
    this: Self,
    type: T,
    listener: (event: EventOf<Self, T>) => unknown,
  ): Self {
    hostOf(this).listeners.once(type, listener);
    return this;
  }

  /** Takes a listener away that `on` or `once` was given. */
  off<Self extends AnyPipeline, T extends EventType>(
    this: Self,
    type: T,
    listener: (event: EventOf<Self, T>) => unknown,
  ): Self {
    hostOf(this).listeners.off(type, listener);
    return this;
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
