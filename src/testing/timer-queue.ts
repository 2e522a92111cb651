/** A call that waits for its time. */
export interface Waiting {
  /** When it is due, in milliseconds since the epoch. */
  readonly at: number;
  readonly callback: () => void;
}

/** Calls in order of their time, then of their creation. */
export class TimerQueue {
  readonly #waiting: Waiting[] = [];

  add(at: number, callback: () => void): Waiting {
    const timer = { at, callback };
    let place = this.#waiting.length;
    while (place > 0 && this.#waiting[place - 1].at > at) place--;
    this.#waiting.splice(place, 0, timer);
    return timer;
  }

  /** Takes a call out; returns whether it still waited. */
  remove(timer: Waiting): boolean {
    const place = this.#waiting.indexOf(timer);
    if (place >= 0) this.#waiting.splice(place, 1);
    return place >= 0;
  }

  get all(): readonly Waiting[] {
    return this.#waiting;
  }
}
