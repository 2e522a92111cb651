import type { Recorder } from '../../../src/engine/durable/recorder.js';

interface Entry {
  readonly name: string;
  readonly json: string;
}

/** The records of one segment of a run, as they survive the processes that make them. */
export class Records {
  readonly entries: (Entry | undefined)[] = [];
  /** How often a body was run whose record there was already: never, if all is well. */
  readonly names: string[] = [];

  /** A recorder for one execution, which dies when it is about to write its `lives`-th record. */
  recorder(lives = Infinity): DyingRecorder {
    return new DyingRecorder(this, lives);
  }
}

/** Never comes back. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Records for one execution until it dies; from then on nothing that it asks for comes back. */
export class DyingRecorder implements Recorder {
  readonly #records: Records;
  #left: number;
  #place = 0;
  #die: (() => void) | undefined;
  readonly died: Promise<void>;

  constructor(records: Records, lives: number) {
    this.#records = records;
    this.#left = lives;
    this.died = new Promise((resolve) => (this.#die = resolve));
  }

  async record<T>(name: string, body: () => Promise<T>): Promise<T> {
    const place = this.#place++;
    // As a database answers: not at once, and not all in the same time.
    await pause(place % 3);
    if (this.#left <= 0) {
      this.#die!();
      return never();
    }
    const known = this.#records.entries[place];
    if (known !== undefined) {
      if (known.name !== name) throw new Error(`record ${place} is "${known.name}", and "${name}" was asked for`);
      return JSON.parse(known.json) as T;
    }
    const value = await body();
    await pause((place * 7) % 3);
    if (--this.#left <= 0) {
      this.#die!();
      return never();
    }
    this.#records.entries[place] = { name, json: JSON.stringify(value) };
    return JSON.parse(JSON.stringify(value)) as T;
  }
}

async function pause(turns: number): Promise<void> {
  for (let turn = 0; turn <= turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
