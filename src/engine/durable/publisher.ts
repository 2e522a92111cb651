import type { Usage } from '../../../decorators/context.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { BusWriter } from '../../ports/token-bus.js';
import type { RunEnd, RunEvent } from '../../run/events.js';
import type { AnyRun } from '../../run/run.js';
import { TOLD_BY_BODIES } from './past-log.js';
import { Spoken } from './spoken.js';
import { placeKey, type Placed } from './place-key.js';

/** What one body has told that a replay could not tell again. */
export interface Said {
  /** The `seq` of the last of it; 0 if there is none. */
  readonly last: number;
  readonly usage: readonly Usage[];
}

export const NOTHING_SAID: Said = Object.freeze({ last: 0, usage: Object.freeze([]) });

/** So many events may wait to be stored before the run is held back. */
const MOST_PENDING = 1_000;

/** Sends the events of one execution of a run to the bus, and knows which of them are stored. */
export class Publisher {
  /** What counts of what was said. */
  readonly spoken = new Spoken();
  readonly #writer: BusWriter;
  /** By the key of the activation. */
  readonly #said = new Map<string, { last: number; usage: Usage[] }>();
  #pushed = 0;
  #waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  #stopped: { readonly error: unknown } | undefined;

  constructor(writer: BusWriter) {
    this.#writer = writer;
  }

  /** Hears every event in the moment in which it is told. */
  take(event: RunEvent): void {
    this.spoken.take(event);
    if (!TOLD_BY_BODIES.has(event.type) || event.type === 'observer-error') return;
    const key = placeKey(event as Placed);
    let said = this.#said.get(key);
    if (said === undefined) this.#said.set(key, (said = { last: 0, usage: [] }));
    said.last = event.seq;
    if (event.type === 'usage') said.usage.push(event.usage);
  }

  /** What the body of an activation has told since this was last asked. */
  saidBy(key: string): Said {
    const said = this.#said.get(key) ?? NOTHING_SAID;
    this.#said.delete(key);
    return said;
  }

  /** Sends what the run tells until its end, which it gives back instead: that is said when the result is stored. */
  async publish(run: AnyRun): Promise<RunEnd<AnyPipeline> | undefined> {
    for await (const event of run.events({ leave: 'detach' })) {
      if (this.#stopped !== undefined) return undefined;
      if (event.type === 'run-end') return event;
      this.push(event);
      if (this.#writer.pending >= MOST_PENDING) await this.#writer.flush();
    }
    return undefined;
  }

  push(event: RunEvent): void {
    this.#writer.push(event);
    this.#pushed = event.seq;
    const [there, waiting] = [this.#waiting, this.#waiting.filter(({ seq }) => seq > event.seq)];
    this.#waiting = waiting;
    for (const { seq, resolve } of there) if (seq <= event.seq) resolve();
  }

  /** Resolves when every event up to this one is stored; rejects when none will be any more. */
  async stored(seq: number): Promise<void> {
    if (this.#stopped === undefined && this.#pushed < seq)
      await new Promise<void>((resolve) => this.#waiting.push({ seq, resolve }));
    if (this.#stopped !== undefined) throw this.#stopped.error;
    await this.#writer.flush();
  }

  /** The run is no longer this execution's: nothing of it is sent any more. */
  stop(error: unknown): void {
    this.#stopped ??= { error };
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}
