import type { Activation } from './activation.js';

/** The activations of a run that are alive, in no order. */
export class Live {
  /** Made with its first item: an empty array that is pushed to gets room for seventeen, in each of thousands of runs. */
  #all: Activation[] | undefined;
  #deadlines = 0;

  get count(): number {
    return this.#all === undefined ? 0 : this.#all.length;
  }

  /** Whether exactly one step is alive, and perhaps the timers around it. */
  get alone(): boolean {
    return this.count - this.#deadlines === 1;
  }

  /** A copy, for who aborts them changes the original. */
  get all(): readonly Activation[] {
    return this.#all === undefined ? [] : [...this.#all];
  }

  add(activation: Activation): void {
    if (activation.deadlineOf !== undefined) this.#deadlines++;
    if (this.#all === undefined) this.#all = [activation];
    else activation.place = this.#all.push(activation) - 1;
  }

  remove(activation: Activation): void {
    if (activation.deadlineOf !== undefined) this.#deadlines--;
    const all = this.#all!;
    const last = all.pop()!;
    if (last === activation) return;
    all[activation.place] = last;
    last.place = activation.place;
  }

  filter(wanted: (activation: Activation) => boolean): Activation[] {
    return this.#all === undefined ? [] : this.#all.filter(wanted);
  }
}
