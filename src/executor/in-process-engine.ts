import type { Engine, Task } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';

/** Runs activations in this process: a queue of settled tasks, so that nothing races and nothing leaks. */
export class InProcessEngine implements Engine {
  #settled: Task[] = [];
  #wake: (() => void) | undefined;
  readonly #sleep = (resolve: () => void): void => {
    this.#wake = resolve;
  };

  step(task: Task, body: (task: Task) => ActivationOutcome | Promise<ActivationOutcome>): void {
    const outcome = body(task);
    if (outcome instanceof Promise) void outcome.then((settled) => this.#settle(task, settled));
    else this.#settle(task, outcome);
  }

  /** Everything that settles until the walk resumes is one report. */
  async next(): Promise<readonly Task[]> {
    if (this.#settled.length === 0) await new Promise<void>(this.#sleep);
    const report = this.#settled;
    this.#settled = [];
    return report;
  }

  #settle(task: Task, outcome: ActivationOutcome): void {
    task.outcome = outcome;
    this.#settled.push(task);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
