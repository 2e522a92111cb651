import type { Usage } from '../../decorators/context.js';
import type { UsageTotal } from './result.js';

/** Sums what the steps of a run report of their model calls. */
export class UsageMeter {
  #input = 0;
  #output = 0;
  #models: Record<string, { input: number; output: number }> | undefined;

  add({ model, input, output }: Usage): void {
    this.#input += input;
    this.#output += output;
    if (model === undefined) return;
    const sum = ((this.#models ??= {})[model] ??= { input: 0, output: 0 });
    sum.input += input;
    sum.output += output;
  }

  get total(): UsageTotal {
    return { input: this.#input, output: this.#output, models: this.#models ?? {} };
  }
}
