export { connect } from './connect.js';
export { dbos } from './dbos.js';
export { startWorker } from './start-worker.js';
export type { DbosOptions, PlacedPipeline } from './dbos-options.js';
export type { ConnectOptions } from './connect-options.js';
export type { EngineClient, ResumeWith } from './engine-client.js';
export type { PipelineReference } from './pipeline-reference.js';
export type { PruneOptions } from './prune.js';
export type { RunInfo, RunPage } from './run-info.js';
export type { RunQuery } from './run-query.js';
export type { Schedule } from './schedule.js';
export type { StartOptions, StartWith } from './start-options.js';
export type { StrandedRun } from './stranded-runs.js';
export type { Worker } from './worker.js';
export type {
  FailoverOptions,
  ItemLimits,
  QueueLimits,
  RateLimit,
  WorkerOptions,
  WorkerPipeline,
} from './worker-options.js';
export type { RunEngine, RunOrder } from '../../ports/run-engine.js';
