import type { Engine, Settle, Task } from '../../src/ports/engine.js';
import type { ActivationOutcome } from '../../src/run/outcome.js';

/** Bodies that wait to be let go, so that something is still running when the walk decides. */
export interface Gates {
  /** The activations whose bodies wait now. */
  waiting(): ReadonlySet<string>;
  /** A body is about to be called. */
  begin(key: string): void;
  /** The body may go on, whatever it waits for. */
  open(key: string): void;
}

/** Everything that already runs comes to rest: what is left waits for a gate. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Says which of the activations in flight settle next, and in which order they are reported. */
export type Choose = (inFlight: readonly string[]) => readonly string[];

/** How one activation has settled. */
export interface Reported {
  readonly key: string;
  readonly status: ActivationOutcome['status'];
  readonly stop: boolean;
}

/** Reports what has settled in chosen portions and any order, and writes down what the walk did. */
export class ShuffledEngine implements Engine {
  readonly #choose: Choose;
  readonly #gates: Gates;
  readonly #flights = new Map<Task, Promise<void>>();
  /** What was started at the beginning, then after each report. */
  readonly starts: string[][] = [[]];
  readonly reports: (readonly Reported[])[] = [];
  /** How many of them the walk has been given. */
  given = 0;
  /** Whose bodies were still waiting when the report was given out. */
  readonly waiting: ReadonlySet<string>[] = [];

  constructor(choose: Choose, gates: Gates) {
    this.#choose = choose;
    this.#gates = gates;
  }

  step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
    this.starts[this.starts.length - 1].push(task.key);
    this.#gates.begin(task.key);
    const settled = new Promise<void>((resolve) =>
      body(task, (_, outcome) => {
        task.outcome = outcome;
        resolve();
      }),
    );
    this.#flights.set(task, settled);
  }

  next(report: (settled: readonly Task[]) => void, fail: (error: unknown) => void): void {
    this.#report().then((settled) => {
      this.given++;
      report(settled);
    }, fail);
  }

  async #report(): Promise<readonly Task[]> {
    await rest();
    const tasks = [...this.#flights.keys()];
    const wanted = this.#choose(tasks.map(({ key }) => key));
    // A script may name what the walk has not started; the comparison then tells.
    const known = wanted.flatMap((name) => tasks.filter(({ key }) => key === name));
    const chosen = known.length > 0 ? known : tasks;
    for (const { key } of chosen) this.#gates.open(key);
    await Promise.all(chosen.map((task) => this.#flights.get(task)!));
    for (const task of chosen) this.#flights.delete(task);
    this.reports.push(chosen.map(toReported));
    this.waiting.push(new Set(this.#gates.waiting()));
    this.starts.push([]);
    return chosen;
  }
}

const toReported = ({ key, outcome }: Task): Reported => ({
  key,
  status: outcome!.status,
  stop: outcome!.stop === true,
});
