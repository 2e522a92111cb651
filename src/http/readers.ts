import type { AnyRun } from '../run/run.js';

/** Those that are counted, for whatever sends a run without having asked the registry that keeps it. */
const counted = new WeakMap<AnyRun, Readers>();

/** Who reads a run: tells when nobody has for some time. */
export class Readers {
  readonly #patience: number | undefined;
  readonly #abandon: () => void;
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Waits for the first reader from now on; without `patience` for ever. */
  constructor(run: AnyRun, patience: number | undefined, abandon: () => void) {
    this.#patience = patience;
    this.#abandon = abandon;
    counted.set(run, this);
    this.#wait();
  }

  /** Those of a run that a registry keeps. */
  static of(run: AnyRun): Readers | undefined {
    return counted.get(run);
  }

  /** One more reads; to be told, once, when it has left. */
  enter(): () => void {
    this.#count++;
    clearTimeout(this.#timer);
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      if (--this.#count === 0) this.#wait();
    };
  }

  /** Nobody need read any more. */
  close(): void {
    this.#count = Infinity;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#patience === undefined) return;
    this.#timer = setTimeout(this.#abandon, this.#patience);
    // In Node it is the run that keeps the process, not what waits for somebody to read it.
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
