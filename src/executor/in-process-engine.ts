import type { Engine, Settle, Task } from '../ports/engine.js';

const NOW = Promise.resolve();

/** Runs activations in this process: a queue of settled tasks, so that nothing races and nothing leaks. */
export class InProcessEngine implements Engine {
  #settled: Task[] | undefined;
  #report: ((settled: readonly Task[]) => void) | undefined;
  #due = false;

  readonly #settle: Settle<Task> = (task, outcome) => {
    task.outcome = outcome;
    // A literal for the first one: an empty array that is pushed to gets room for seventeen.
    if (this.#settled === undefined) this.#settled = [task];
    else this.#settled.push(task);
    if (this.#report !== undefined) this.#callSoon();
  };

  step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
    body(task, this.#settle);
  }

  next(report: (settled: readonly Task[]) => void): void {
    this.#report = report;
    if (this.#settled !== undefined) this.#callSoon();
  }

  /** In a microtask of its own: what settles until then stands in the same report. */
  #callSoon(): void {
    if (this.#due) return;
    this.#due = true;
    void NOW.then(this.#call);
  }

  readonly #call = (): void => {
    const settled = this.#settled!;
    const report = this.#report!;
    // Both before the call: what settles while the walk is busy belongs to the next report.
    this.#settled = this.#report = undefined;
    this.#due = false;
    report(settled);
  };
}
