export { connect } from './connect.js';
export { startWorker } from './start-worker.js';
export type { ConnectOptions, EngineClient, ResumeWith } from './engine-client.js';
export type { PipelineReference } from './pipeline-reference.js';
export type { RunInfo } from './run-info.js';
export type { StartOptions, StartWith } from './start-options.js';
export type { Worker } from './worker.js';
export type { FailoverOptions, QueueLimits, RateLimit, WorkerOptions, WorkerPipeline } from './worker-options.js';
