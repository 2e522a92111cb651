import type { PipelineReference } from './pipeline-reference.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { WorkerOptions, WorkerPipeline } from './worker-options.js';

/** The runs of one class of an application, and how they are spread. */
export interface PlacedPipeline extends Omit<WorkerPipeline, 'pipeline'> {
  readonly pipeline: PipelineReference<AnyPipeline>;
}

/** How an application has its runs executed by workers. */
export interface DbosOptions extends Omit<WorkerOptions, 'pipelines'> {
  /**
   * What this process does: a `worker` executes runs, and what it starts itself runs in it alone; on the `web` tier `run()`
   * starts runs on the workers. `both` by default.
   */
  readonly role?: 'worker' | 'web' | 'both';
  /** Classes whose runs are executed by workers; the others run in their process. All of the application by default. */
  readonly pipelines?: readonly (PipelineReference<AnyPipeline> | PlacedPipeline)[];
}
