import type { ActivationOutcome } from '../run/outcome.js';

/** One started activation, as an engine sees it. */
export interface Task {
  /** Its unique path in the run: `research#2/load#3[4]`. */
  readonly key: string;
  /** Set by the engine before it is reported. */
  outcome: ActivationOutcome | undefined;
}

/** Takes a task's outcome; called exactly once, at once or later. */
export type Settle<T> = (task: T, outcome: ActivationOutcome) => void;

/** What keeps a run alive: starts activations and reports which have settled. The walk waits for nothing else. */
export interface Engine<T extends Task = Task> {
  /** Starts an activation at once. The body never throws: whatever happens is the outcome that it settles with. */
  step(task: T, body: (task: T, settle: Settle<T>) => void): void;
  /**
   * Reports once, and never before it has returned, the tasks that have settled since the last report, at least one; or
   * fails, when the engine itself can't go on. Called only while tasks are in flight, and not again before the report.
   */
  next(report: (settled: readonly T[]) => void, fail: (error: unknown) => void): void;
  /** Called once, when hooks have run and before the first activation starts; what it rejects with is the failure of the run. */
  prepare?(): Promise<void>;
}
