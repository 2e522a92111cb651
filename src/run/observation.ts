import type { AnyPipeline } from '../../decorators/context.js';
import type { EventOf, EventType, RunEvent } from './events.js';
import { isPromiseLike } from './is-promise-like.js';
import type { Report } from './listeners.js';

/** What sees the events of all runs of the process. It may be slow or fail: no run ever waits for it or fails with it. */
export interface Observer<T extends EventType = EventType> {
  /** Called with one event at a time, in order per run; the next one waits until what this returns has settled. */
  onEvent(event: EventOf<AnyPipeline, T>): unknown;
  /** Told how many events were dropped, the oldest first, since it was too slow; before the event that follows them. */
  onDrop?(count: number): unknown;
  /** The types of events that it wants; all by default. */
  readonly types?: readonly T[];
}

interface Waiting {
  readonly event: RunEvent;
  readonly report: Report;
}

/** One observer at work: calls it event by event, and keeps a bounded number of those that it has no time for yet. */
export class Observation {
  #observer: Observer | undefined;
  readonly #types: ReadonlySet<EventType> | undefined;
  readonly #limit: number;
  #busy = false;
  #waiting: (Waiting | undefined)[] = [];
  /** Where in `#waiting` the oldest is; what lies before it is empty. */
  #head = 0;
  #dropped = 0;
  /** Runs that know already that it fails when it is told of failing observers. */
  readonly #warned = new WeakSet<Report>();

  constructor(observer: Observer, limit: number) {
    this.#observer = observer;
    this.#types = observer.types && new Set(observer.types);
    this.#limit = limit;
  }

  hears(type: EventType): boolean {
    return this.#types === undefined || this.#types.has(type);
  }

  /** At once if the observer has time, else in its turn; its failure is told by `report`. */
  take(event: RunEvent, report: Report): void {
    if (!this.hears(event.type)) return;
    // Also while it is called: what it causes by that, in whichever run, comes after.
    if (this.#busy) return this.#wait({ event, report });
    this.#busy = true;
    const pending = this.#tell({ event, report });
    if (pending === undefined) this.#goOn();
    else void pending.then(this.#goOn);
  }

  /** Nothing is told, and nothing kept, any more. */
  end(): void {
    this.#observer = undefined;
    this.#waiting = [];
    this.#head = this.#dropped = 0;
  }

  #wait(waiting: Waiting): void {
    if (this.#observer === undefined) return;
    this.#waiting.push(waiting);
    if (this.#waiting.length - this.#head <= this.#limit) return;
    this.#waiting[this.#head++] = undefined;
    this.#dropped++;
    // Not at each: moving all of them is not for nothing.
    if (this.#head > this.#limit) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Until the observer is busy again or nothing waits. */
  readonly #goOn = (): void => {
    while (this.#head < this.#waiting.length) {
      const pending = this.#dropped > 0 ? this.#tellDropped(this.#waiting[this.#head]!) : this.#tell(this.#shift());
      if (pending !== undefined) return void pending.then(this.#goOn);
    }
    if (this.#head > 0) {
      this.#waiting = [];
      this.#head = 0;
    }
    this.#busy = false;
  };

  #shift(): Waiting {
    const next = this.#waiting[this.#head]!;
    this.#waiting[this.#head++] = undefined;
    return next;
  }

  #tell({ event, report }: Waiting): Promise<void> | undefined {
    return this.#call((observer) => observer.onEvent(event), event.type, report);
  }

  #tellDropped({ event, report }: Waiting): Promise<void> | undefined {
    const count = this.#dropped;
    this.#dropped = 0;
    return this.#call((observer) => observer.onDrop?.(count), event.type, report);
  }

  /** What it throws or rejects with is reported; the promise never rejects. */
  #call(call: (observer: Observer) => unknown, during: EventType, report: Report): Promise<void> | undefined {
    const observer = this.#observer;
    if (observer === undefined) return undefined;
    try {
      const answer = call(observer);
      if (!isPromiseLike(answer)) return undefined;
      return Promise.resolve(answer).then(
        () => undefined,
        (error: unknown) => this.#failed(error, during, report),
      );
    } catch (error) {
      this.#failed(error, during, report);
      return undefined;
    }
  }

  /** Its failure is itself an event; failing at that one is said once per run, or there would be no end. */
  #failed(error: unknown, during: EventType, report: Report): void {
    if (during === 'observer-error') {
      if (this.#warned.has(report)) return;
      this.#warned.add(report);
    }
    report(error, during);
  }
}
