import type { Usage } from '../../decorators/context.js';
import type { UsageTotal } from './usage-total.js';

interface Sum {
  input: number;
  output: number;
}

/** Counts what a run uses: attempts that have begun, and what its steps report of their model calls. */
export class UsageMeter {
  #input = 0;
  #output = 0;
  /** A map, for a model's name may come from a request: `__proto__` is one like any other. */
  #models: Map<string, Sum> | undefined;
  #watchers: Set<() => void> | undefined;
  /** Attempts of steps that have begun. */
  attempts = 0;
  #startedAt: number | undefined;

  /** An attempt begins. */
  begin(clock: { now(): number }): void {
    this.attempts++;
    if (this.#startedAt === undefined) this.#startedAt = clock.now();
  }

  /** When the first attempt began, in milliseconds since the epoch. */
  get startedAt(): number {
    return this.#startedAt ?? 0;
  }

  /** Calls back after each report, until the returned function is called. */
  watch(callback: () => void): () => void {
    this.#watchers ??= new Set();
    // A function of its own: the same callback may watch twice.
    const watcher = (): void => callback();
    this.#watchers.add(watcher);
    return () => void this.#watchers?.delete(watcher);
  }

  add({ model, input, output }: Usage): void {
    this.#input += input;
    this.#output += output;
    if (model !== undefined) this.#addTo(model, input, output);
    if (this.#watchers !== undefined) for (const watcher of this.#watchers) watcher();
  }

  #addTo(model: string, input: number, output: number): void {
    this.#models ??= new Map();
    const sum = this.#models.get(model) ?? { input: 0, output: 0 };
    sum.input += input;
    sum.output += output;
    this.#models.set(model, sum);
  }

  /** Goes on from what another segment of the run has used. */
  restore({ input, output, models }: UsageTotal): void {
    this.#input = input;
    this.#output = output;
    const sums = Object.entries(models).map(([model, sum]) => [model, { ...sum }] as const);
    if (sums.length > 0) this.#models = new Map(sums);
  }

  get total(): UsageTotal {
    const models = Object.fromEntries([...(this.#models ?? [])].map(([model, sum]) => [model, { ...sum }]));
    return { input: this.#input, output: this.#output, models };
  }
}
