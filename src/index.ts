export type {
  AnyPipeline,
  BaseContext,
  ContextOf,
  Ctx,
  Each,
  EachContext,
  ErrorContext,
  Failure,
  HookContext,
  Join,
  JoinContext,
  Outcome,
  RunContext,
  StateOf,
  StepContext,
  Usage,
} from '../decorators/context.js';
export type { Call, Directive, Goto, Retry, Skip, Stop, Suspend } from '../decorators/directive.js';
export { ForEach } from '../decorators/for-each.js';
export type { Cancelable, Middleware, MiddlewareContext, MiddlewareRun } from '../decorators/middleware.js';
export type { Family } from '../decorators/family.js';
export { OnError } from '../decorators/on-error.js';
export { OnShutdown } from '../decorators/on-shutdown.js';
export { OnStartup } from '../decorators/on-startup.js';
export type {
  CommonOptions,
  ForEachOptions,
  HookOptions,
  OnItemError,
  RetryOptions,
  StepOptions,
  SubPipelineOptions,
  SwitchCases,
  SwitchOptions,
  TimeoutOptions,
} from '../decorators/options.js';
export type { OutputOf, Outputs, StepName, StreamingStepName, TokenOf } from '../decorators/outputs.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from '../decorators/standard-schema.js';
export { Step } from '../decorators/step.js';
export { Streaming } from '../decorators/streaming.js';
export { SubPipeline } from '../decorators/sub-pipeline.js';
export { Switch } from '../decorators/switch.js';
export type { DefinedClass, DefinedPipeline } from './define/defined-class.js';
export { definePipeline, type PipelineDefinition } from './define/define-pipeline.js';
export type {
  DefinedTypes,
  HandlerShapes,
  HookShapes,
  OpenStepContext,
  PerInstanceHook,
  PerRunHook,
  StepShape,
  StepShapes,
} from './define/definition.js';
export { AlreadyResumedError } from './errors/already-resumed-error.js';
export { AnswerSchemaError } from './errors/answer-schema-error.js';
export { BlueprintError, type Problem } from './errors/blueprint-error.js';
export { BudgetExceededError } from './errors/budget-exceeded-error.js';
export { HookError } from './errors/hook-error.js';
export { LateIteratorError, MisuseError, TokensResetError } from './errors/misuse-error.js';
export { NotPlainDataError } from './errors/not-plain-data-error.js';
export { RunCancelledError, RunError, RunFailedError, RunTimeoutError } from './errors/run-error.js';
export { RunStalledError } from './errors/run-stalled-error.js';
export { StateConflictError } from './errors/state-conflict-error.js';
export { StepError } from './errors/step-error.js';
export { StepTimeoutError } from './errors/step-timeout-error.js';
export { SuspensionExpiredError } from './errors/suspension-expired-error.js';
export { TooManyVisitsError } from './errors/too-many-visits-error.js';
export { StepstreamError } from './errors/stepstream-error.js';
export { toMermaid } from './mermaid/to-mermaid.js';
export { budget, type BudgetLimits } from './middleware/budget.js';
export { Pipeline } from './pipeline.js';
export { planOf } from './plan/plan-of.js';
export type * from './plan/plan.js';
export type { Checkpoint } from './run/checkpoint.js';
export { call, goto, retry, skip, stop, suspend, type SuspendOptions } from './run/directives.js';
export type * from './ports/run-store.js';
export type { IteratorOptions } from './run/event-iterator.js';
export type * from './run/events.js';
export type { Ledger, RunStatus, StepLedger, VisitStatus } from './run/ledger.js';
export type { Observer } from './run/observation.js';
export { observe, type ObserveOptions } from './run/observers.js';
export type { PlainError } from './run/plain-error.js';
export type { RunResult, Warning } from './run/result.js';
export type { UsageTotal } from './run/usage-total.js';
export type { AnyRun, Run, RunEvents, TokensOptions } from './run/run.js';
export type { Answers, Ask, Asked } from './run/suspension.js';
export type { ResumeOptions, RunOptions } from './executor/run-options.js';
export type { PatchOperation } from './state/patch.js';
export type { Merge, PipelineOptions } from './scanner/pipeline-options.js';
