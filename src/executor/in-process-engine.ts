import type { Engine, Settle, Task } from '../ports/engine.js';

/** Shared and never written. */
const NONE: Task[] = [];

/** Runs activations in this process: a queue of settled tasks, so that nothing races and nothing leaks. */
export class InProcessEngine implements Engine {
  #settled: Task[] = NONE;
  /** Whether the walk has been woken with `#settled`; what settles until it resumes joins the same report. */
  #handedOver = false;
  #wake: ((report: readonly Task[]) => void) | undefined;
  readonly #sleep = (resolve: (report: readonly Task[]) => void): void => {
    this.#wake = resolve;
  };
  readonly #settle: Settle<Task> = (task, outcome) => {
    task.outcome = outcome;
    // A literal for the first one: an empty array that is pushed to gets room for seventeen.
    if (this.#settled.length === 0) this.#settled = [task];
    else this.#settled.push(task);
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    this.#handedOver = true;
    wake(this.#settled);
  };

  step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
    this.#startReport();
    body(task, this.#settle);
  }

  next(): Promise<readonly Task[]> {
    this.#startReport();
    if (this.#settled.length === 0) return new Promise(this.#sleep);
    this.#handedOver = true;
    return Promise.resolve(this.#settled);
  }

  #startReport(): void {
    if (!this.#handedOver) return;
    this.#handedOver = false;
    this.#settled = NONE;
  }
}
