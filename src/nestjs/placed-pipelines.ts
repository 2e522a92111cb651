import { MisuseError } from '../errors/misuse-error.js';
import { hostOf } from '../executor/host-of.js';
import type { RunEngine } from '../ports/run-engine.js';
import type { FoundPipeline } from './find-providers.js';
import type { AppPipeline } from './is-pipeline.js';

/** The pipelines of an application whose runs an engine executes. */
export class PlacedPipelines {
  readonly #engine: RunEngine;
  readonly #instances: ReadonlySet<AppPipeline>;
  /** One of each class: workers know them by name. */
  readonly #served: readonly AppPipeline[];
  #closed: Promise<void> | undefined;

  /** From now on `run()` of theirs goes to the engine, if that starts runs. */
  constructor(engine: RunEngine, found: readonly FoundPipeline[]) {
    const placed = found.filter(({ pipelineClass }) => pipelineClass === undefined || engine.has(pipelineClass));
    for (const { wrapper, pipelineClass } of placed) {
      if (!wrapper.isDependencyTreeStatic()) throw ofRequest(pipelineClass?.name ?? wrapper.name);
    }
    this.#engine = engine;
    this.#instances = new Set(placed.flatMap(({ instances }) => instances));
    this.#served = [...new Map([...this.#instances].map((one) => [one.constructor, one])).values()];
    if (engine.starts) for (const instance of this.#instances) hostOf(instance).elsewhere = engine;
  }

  /** Whether this process starts runs of it and executes none. */
  onlyStarts(instance: AppPipeline): boolean {
    return this.#instances.has(instance) && !this.#engine.works;
  }

  open(): Promise<void> {
    return this.#engine.open(this.#served);
  }

  /** Lets runs end for so many milliseconds. */
  close(drain: number): Promise<void> {
    return (this.#closed ??= this.#engine.close(drain));
  }
}

const ofRequest = (name: unknown): MisuseError =>
  new MisuseError({
    code: 'INVALID_PIPELINE_MODULE',
    message: `PipelineModule: ${String(name)} is made for each request, so that no worker can have it.`,
    remedy: 'Give it and what is injected into it the default scope, or leave it out of the pipelines of the engine.',
  });
