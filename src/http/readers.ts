/** Who reads a run: tells when nobody has for some time. */
export class Readers {
  readonly #patience: number | undefined;
  readonly #abandon: () => void;
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Waits for the first reader from now on; without `patience` for ever. */
  constructor(patience: number | undefined, abandon: () => void) {
    this.#patience = patience;
    this.#abandon = abandon;
    this.#wait();
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
    if (this.#patience !== undefined) this.#timer = setTimeout(this.#abandon, this.#patience);
  }
}
