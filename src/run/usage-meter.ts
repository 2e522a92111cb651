import type { Usage } from '../../decorators/context.js';
import type { UsageTotal } from './result.js';

interface Sum {
  input: number;
  output: number;
}

/** Sums what the steps of a run report of their model calls. */
export class UsageMeter {
  #input = 0;
  #output = 0;
  /** A map, for a model's name may come from a request: `__proto__` is one like any other. */
  #models: Map<string, Sum> | undefined;

  add({ model, input, output }: Usage): void {
    this.#input += input;
    this.#output += output;
    if (model === undefined) return;
    this.#models ??= new Map();
    const sum = this.#models.get(model) ?? { input: 0, output: 0 };
    sum.input += input;
    sum.output += output;
    this.#models.set(model, sum);
  }

  get total(): UsageTotal {
    const models = Object.fromEntries([...(this.#models ?? [])].map(([model, sum]) => [model, { ...sum }]));
    return { input: this.#input, output: this.#output, models };
  }
}
