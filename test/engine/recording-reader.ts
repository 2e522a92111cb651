import type { RunEvent } from 'stepstream';
import type { BusReader } from '../../src/ports/token-bus.js';
import { sleep } from '../support/sleep.js';

/** Keeps what it was given, and with what it was given at once. */
export class RecordingReader implements BusReader {
  readonly events: RunEvent[] = [];
  /** Waits before it takes more. */
  readonly #pause: (() => Promise<void>) | undefined;

  constructor(pause?: () => Promise<void>) {
    this.#pause = pause;
  }

  get seqs(): number[] {
    return this.events.map(({ seq }) => seq);
  }

  take(events: readonly RunEvent[]): void | Promise<void> {
    this.events.push(...events);
    return this.#pause?.();
  }

  /** Waits until it was given an event with this `seq`. */
  async until(seq: number, within = 10_000): Promise<void> {
    const end = Date.now() + within;
    while (!(this.events.at(-1)?.seq === seq)) {
      if (Date.now() > end)
        throw new Error(
          `After ${within} ms: ${this.events.length} events, the last is ${this.events.at(-1)?.seq}, not ${seq}.`,
        );
      await sleep(2);
    }
  }
}
