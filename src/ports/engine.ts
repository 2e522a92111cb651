import type { ActivationOutcome } from '../run/outcome.js';

/** One started activation, as an engine sees it. */
export interface Task {
  /** Its unique path in the run: `research#2/load#3[4]`. */
  readonly key: string;
  /** Set by the engine before `next` reports the task. */
  outcome: ActivationOutcome | undefined;
}

/** What keeps a run alive: starts activations and reports which have settled. The walk awaits nothing else. */
export interface Engine<T extends Task = Task> {
  /** Starts an activation at once. The body never rejects: whatever happens is its outcome. */
  step(task: T, body: (task: T) => ActivationOutcome | Promise<ActivationOutcome>): void;
  /** Resolves to the tasks that have settled since the last report, at least one; called only while tasks are in flight. */
  next(): Promise<readonly T[]>;
}
