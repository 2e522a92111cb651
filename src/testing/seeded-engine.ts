import type { Engine, Settle, Task } from '../ports/engine.js';
import { someOf, type Random } from './seeded-random.js';

/** What an engine tells of itself. */
export interface EngineHost {
  /** A body has ended; `awaited` says that the walk waits for a report. */
  settled(task: Task, awaited: boolean): void;
  /** The walk waits for a report. */
  asked(): void;
}

/** Runs activations in this process, but reports them only when it is told to, some of those that have settled. */
export class SeededEngine implements Engine {
  readonly #host: EngineHost;
  readonly #inFlight = new Set<Task>();
  #settled: Task[] = [];
  #report: ((settled: readonly Task[]) => void) | undefined;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
    this.#inFlight.add(task);
    body(task, this.#settle);
  }

  next(report: (settled: readonly Task[]) => void): void {
    this.#report = report;
    this.#host.asked();
  }

  /** Whether there is something to report, and somebody to report it to. */
  get ready(): boolean {
    return this.#report !== undefined && this.#settled.length > 0;
  }

  /** The keys of the bodies that have not ended. */
  get inFlight(): readonly string[] {
    return [...this.#inFlight].map(({ key }) => key).sort();
  }

  /** Reports some of what has settled; returns their keys. */
  give(random: Random): readonly string[] {
    // By key: which ones have settled counts, not which of them was the first.
    const settled = [...this.#settled].sort((a, b) => (a.key < b.key ? -1 : 1));
    const some = someOf(settled, random);
    const report = this.#report!;
    this.#settled = settled.filter((task) => !some.includes(task));
    this.#report = undefined;
    report(some);
    return some.map(({ key }) => key);
  }

  readonly #settle: Settle<Task> = (task, outcome) => {
    task.outcome = outcome;
    this.#inFlight.delete(task);
    this.#settled.push(task);
    this.#host.settled(task, this.#report !== undefined);
  };
}
