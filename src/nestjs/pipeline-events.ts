import { Logger } from '@nestjs/common';
import type { EventType, RunEvent } from '../run/events.js';
import { isPromiseLike } from '../run/is-promise-like.js';
import { isPipeline, type AppPipeline, type AppPipelineClass } from './is-pipeline.js';

/** A method of a provider, bound to it. */
export interface PipelineListener {
  readonly pipeline: AppPipelineClass;
  readonly types: readonly EventType[];
  /** `Audit.onToken`, for whoever reads that it has failed. */
  readonly name: string;
  readonly call: (event: RunEvent) => unknown;
}

/** Tells the listeners of one application of the runs of its pipelines. */
export class PipelineEvents {
  readonly #logger = new Logger('PipelineModule');
  #listeners: readonly PipelineListener[] | undefined;
  readonly #heard = new WeakSet<object>();

  /** From now on every pipeline that Nest makes is listened to. */
  begin(listeners: readonly PipelineListener[]): void {
    this.#listeners = listeners;
  }

  /** Nest has made an instance; those that were made before the listeners were found are told of by `listen`. */
  made(instance: object): void {
    if (this.#listeners !== undefined && isPipeline(instance)) this.listen(instance);
  }

  /** Listens to an instance, once; `token` is what it is provided as, which it need not extend. */
  listen(instance: AppPipeline, token?: unknown): void {
    if (this.#heard.has(instance)) return;
    this.#heard.add(instance);
    for (const listener of this.#listeners ?? []) {
      if (!(instance instanceof listener.pipeline) && listener.pipeline !== token) continue;
      for (const type of listener.types) instance.on(type, (event) => this.#tell(listener, event as RunEvent));
    }
  }

  /** What goes wrong is said to the log, and by the run itself. */
  #tell({ call, name }: PipelineListener, event: RunEvent): unknown {
    const failed = (error: unknown): never => {
      this.#logger.error(`${name} has failed at a ${event.type} event of the run ${event.runId}`, stackOf(error));
      throw error;
    };
    try {
      const answer = call(event);
      return isPromiseLike(answer) ? Promise.resolve(answer).catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  }
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
