/** The outputs of a run, in the order in which their steps were committed. */
export class Outputs {
  /** Names and values by turns. */
  readonly #list: unknown[] = [];

  /** How far the list goes; a step sees what was there when it started. */
  get count(): number {
    return this.#list.length;
  }

  /** Names with their values, in order. */
  get entries(): readonly (readonly [name: string, value: unknown])[] {
    const entries: (readonly [string, unknown])[] = [];
    for (let i = 0; i < this.#list.length; i += 2) entries.push([this.#list[i] as string, this.#list[i + 1]]);
    return entries;
  }

  add(name: string, value: unknown): void {
    this.#list.push(name, value);
  }

  /** The outputs up to there by step name; of several visits the last. */
  upTo(count: number): Record<string, unknown> {
    const outputs: Record<string, unknown> = {};
    for (let i = 0; i < count; i += 2) outputs[this.#list[i] as string] = this.#list[i + 1];
    return outputs;
  }
}
