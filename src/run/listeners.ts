import { EventEmitter } from 'eventemitter3';
import type { EventType, RunEvent } from './events.js';

type Listener = (event: never) => unknown;
/** Told of what a listener throws or rejects with. */
export type Report = (error: unknown, during: EventType) => void;
type Guarded = (event: RunEvent, report: Report) => void;

/**
 * The EventEmitter surface of a run or an instance. Each listener is called behind a guard: what it throws or rejects
 * with is reported and changes nothing, neither the run nor the other listeners.
 */
export class Listeners {
  #emitter: EventEmitter | undefined;
  /** Made with the first listener, like the emitter: most runs have none. */
  #guards: WeakMap<Listener, Guarded> | undefined;
  #count = 0;
  /** Whether listeners may go away by being told. */
  #once = false;

  /** Whether anybody listens to anything. */
  get any(): boolean {
    return this.#count > 0;
  }

  has(type: EventType): boolean {
    return this.#count > 0 && this.#emitter!.listenerCount(type) > 0;
  }

  on(type: EventType, listener: Listener): void {
    (this.#emitter ??= new EventEmitter()).on(type, this.#guard(listener));
    this.#recount();
  }

  once(type: EventType, listener: Listener): void {
    (this.#emitter ??= new EventEmitter()).once(type, this.#guard(listener));
    this.#once = true;
    this.#recount();
  }

  off(type: EventType, listener: Listener): void {
    const guarded = this.#guards?.get(listener);
    if (guarded) this.#emitter?.off(type, guarded);
    this.#recount();
  }

  emit(event: RunEvent, report: Report): void {
    this.#emitter?.emit(event.type, event, report);
    if (this.#once) this.#recount();
  }

  #guard(listener: Listener): Guarded {
    this.#guards ??= new WeakMap();
    const known = this.#guards.get(listener);
    if (known) return known;
    const guarded: Guarded = (event, report) => {
      try {
        const answer = listener(event as never);
        if (answer instanceof Promise) answer.catch((error: unknown) => report(error, event.type));
      } catch (error) {
        report(error, event.type);
      }
    };
    this.#guards.set(listener, guarded);
    return guarded;
  }

  #recount(): void {
    this.#count = this.#emitter?.eventNames().length ?? 0;
  }
}
