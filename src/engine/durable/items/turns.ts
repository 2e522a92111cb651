/** The place of one in a line. */
export interface InLine {
  /** Resolves when all who came before are over. */
  readonly before: Promise<unknown>;
  /** Lets the next one come; as often as it likes. */
  over(): void;
}

/** Keeps the order in which it was asked, however late whoever has asked gets to it. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take(): InLine {
    const before = this.#last;
    let over: (() => void) | undefined;
    this.#last = new Promise<void>((resolve) => (over = resolve)).then(() => before);
    return { before, over: () => over!() };
  }
}
