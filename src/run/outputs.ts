/** The outputs of a run, in the order in which their steps were committed. */
export class Outputs {
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];

  /** How many there are; a step sees those that there were when it started. */
  get count(): number {
    return this.#names.length;
  }

  add(name: string, value: unknown): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  /** The first `count` outputs by step name; of several visits the last. */
  upTo(count: number): Record<string, unknown> {
    const outputs: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) outputs[this.#names[i]] = this.#values[i];
    return outputs;
  }
}
