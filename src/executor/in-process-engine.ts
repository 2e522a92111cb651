import type { Engine, Settle, Task } from '../ports/engine.js';

/** Runs activations in this process: a queue of settled tasks, so that nothing races and nothing leaks. */
export class InProcessEngine implements Engine {
  /** What has settled while the walk was busy: the next report. */
  #settled: Task[] | undefined;
  #wake: ((report: readonly Task[]) => void) | undefined;
  readonly #sleep = (resolve: (report: readonly Task[]) => void): void => {
    this.#wake = resolve;
  };
  readonly #settle: Settle<Task> = (task, outcome) => {
    task.outcome = outcome;
    const wake = this.#wake;
    this.#wake = undefined;
    // A report is out of our hands once the walk is woken with it: whatever settles later stands in the next one.
    if (wake !== undefined) wake([task]);
    else if (this.#settled === undefined) this.#settled = [task];
    else this.#settled.push(task);
  };

  step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
    body(task, this.#settle);
  }

  next(): Promise<readonly Task[]> {
    const report = this.#settled;
    if (report === undefined) return new Promise(this.#sleep);
    this.#settled = undefined;
    return Promise.resolve(report);
  }
}
