export { RunRegistry } from '../http/run-registry.js';
export type { AppPipeline, AppPipelineClass } from './is-pipeline.js';
export { OnPipelineEvent } from './on-pipeline-event.js';
export { PipelineModule, type PipelineFeatureOptions } from './pipeline-module.js';
export type {
  PipelineModuleAsyncOptions,
  PipelineModuleOptions,
  PipelineModuleScope,
  PipelineOptionsFactory,
} from './pipeline-module-options.js';
export type { MessageEventOptions, PacingResponse } from './message-event-options.js';
export { toMessageEvents } from './to-message-events.js';
