import { Logger } from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { MisuseError } from '../errors/misuse-error.js';
import { hostOf } from '../executor/host-of.js';
import type { RunRegistry } from '../http/run-registry.js';
import type { RunEvent } from '../run/events.js';
import { checkProviders } from './check-providers.js';
import { findListeners, findPipelines, type FoundListener } from './find-providers.js';
import type { AppPipeline } from './is-pipeline.js';
import type { PipelineEvents, PipelineListener } from './pipeline-events.js';
import type { PipelineModuleOptions } from './pipeline-module-options.js';
import { PlacedPipelines } from './placed-pipelines.js';

/** What the life of an application's pipelines needs of it. */
export interface LifecycleParts {
  readonly options: PipelineModuleOptions;
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
  readonly events: PipelineEvents;
  readonly runs: RunRegistry;
}

const DRAIN_TIMEOUT = 25_000;
/** Milliseconds for the last events of runs to be written: a connection that is idle by then is closed at once, not when it times out. */
const LAST_WORDS = 50;
const STOPPING = 'The server is stopping.';

/** Lets the pipelines of an application live as long as it does: checked, opened, drained and closed by Nest's own hooks. */
export class PipelineLifecycle {
  readonly #logger = new Logger('PipelineModule');
  readonly #parts: LifecycleParts;
  #instances: readonly AppPipeline[] = [];
  #placed: PlacedPipelines | undefined;
  #drained: Promise<unknown> | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  /** Everything is made and nothing is served yet: a pipeline that can't run stops the application here. */
  onModuleInit(): void {
    const { discovery, scanner, events } = this.#parts;
    const providers = discovery.getProviders();
    if (providers.filter(({ instance }) => instance instanceof PipelineLifecycle).length > 1) throw importedTwice();
    const pipelines = findPipelines(discovery);
    const listeners = findListeners(discovery, scanner);
    checkProviders({ pipelines, listeners, tokens: new Set(providers.map(({ token }) => token as unknown)) });
    events.begin(listeners.map(bind));
    for (const { instances, token } of pipelines) for (const instance of instances) events.listen(instance, token);
    this.#instances = [...new Set(pipelines.flatMap(({ instances }) => instances))];
    const { engine } = this.#parts.options;
    if (engine) this.#placed = new PlacedPipelines(engine, pipelines);
  }

  /** All services have had their `onModuleInit`, so that startup hooks can use them. */
  async onApplicationBootstrap(): Promise<void> {
    const { open } = this.#parts.options;
    // Where runs are only started, the hooks of those who execute them have nothing to do.
    const own = open === false ? [] : this.#instances.filter((instance) => !this.#placed?.onlyStarts(instance));
    const opened: PromiseSettledResult<unknown>[] = await Promise.allSettled(own.map((instance) => instance.open()));
    // A worker takes runs at once: not before all is up.
    if (opened.every(isWell)) opened.push(...(await Promise.allSettled([Promise.resolve(this.#placed?.open())])));
    if (opened.every(isWell)) return;
    // The application doesn't start, and Nest need not stop what has not started.
    await this.#placed?.close(0);
    await this.#close();
    throwFirst(opened);
  }

  /** The first that is told of a shutdown: no new runs from here on. */
  onModuleDestroy(): void {
    // Awaited by the next hook: other modules need not wait for it here.
    this.#drained = this.#drain();
    this.#drained.catch(() => undefined);
  }

  /** Connections are still open, and so are those of other services if they let go in `onApplicationShutdown`. */
  async beforeApplicationShutdown(): Promise<void> {
    // What Nest 11 is told of a failure here keeps it from closing the server.
    await this.#drained?.catch((error: unknown) => this.#log(error));
    for (const instance of this.#instances) instance.on('run-start', this.#refuse);
  }

  /** Nothing is served any more. */
  onApplicationShutdown(): void {
    for (const instance of this.#instances) instance.off('run-start', this.#refuse);
  }

  async #drain(): Promise<void> {
    const { runs, options } = this.#parts;
    const { drainTimeout: timeout = DRAIN_TIMEOUT } = options;
    const busy = runs.live + this.#liveRuns().length > 0;
    // What a worker has not ended by then it gives back, and is no run of this process any more.
    const left = this.#placed?.close(timeout);
    const timer = setTimeout(() => {
      const end = (): void => this.#liveRuns().forEach(cancel);
      if (left === undefined) end();
      else void left.finally(end).catch(() => undefined);
    }, timeout);
    try {
      const kept = runs.drain({ timeout });
      // Those that were started without the registry too: a pipeline closes when its last run has ended.
      const ended: Promise<unknown>[] = [left === undefined ? kept : Promise.race([kept, left]), this.#close()];
      if (left !== undefined) ended.push(left);
      const all = await Promise.allSettled(ended);
      if (busy) await new Promise((resolve) => setTimeout(resolve, LAST_WORDS));
      throwFirst(all);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Also those that were never opened, for closing waits for their runs. */
  async #close(): Promise<void> {
    throwFirst(await Promise.allSettled(this.#instances.map((instance) => instance.close())));
  }

  #log(error: unknown): void {
    for (const one of errorsOf(error)) this.#logger.error(String(one), one instanceof Error ? one.stack : undefined);
  }

  #liveRuns(): object[] {
    return this.#instances.flatMap((instance) => [...hostOf(instance).liveIds.values()]);
  }

  /** A run that a late request has begun, past the registry, would keep the server from stopping. */
  readonly #refuse = ({ runId }: Pick<RunEvent, 'runId'>): void => {
    for (const instance of this.#instances) cancel(hostOf(instance).liveIds.get(runId));
  };
}

/** Ends a live run as its own `cancel` does. */
function cancel(run: object | undefined): void {
  void (run as { cancel(reason: unknown): Promise<void> } | undefined)?.cancel(STOPPING);
}

const bind = ({ listening, name, owner, method }: FoundListener): PipelineListener => ({
  ...listening,
  name,
  call: (event) => (owner as Record<string, (event: RunEvent) => unknown>)[method](event),
});

const isWell = ({ status }: PromiseSettledResult<unknown>): boolean => status === 'fulfilled';

function throwFirst(settled: readonly PromiseSettledResult<unknown>[]): void {
  const failed = settled.flatMap((one) => (one.status === 'rejected' ? errorsOf(one.reason) : []));
  if (failed.length === 1) throw failed[0];
  if (failed.length > 1) throw new AggregateError(failed, `${failed.length} pipelines have failed.`);
}

/** Several, where several pipelines or several hooks of one have failed. */
const errorsOf = (error: unknown): readonly unknown[] => (error instanceof AggregateError ? error.errors : [error]);

const importedTwice = (): MisuseError =>
  new MisuseError({
    code: 'INVALID_PIPELINE_MODULE',
    message: 'This application imports PipelineModule.forRoot() more than once.',
    remedy: 'Import it in the root module alone, and PipelineModule.forFeature() elsewhere.',
  });
