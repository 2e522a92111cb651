import type { Facts, Indexed, StepEventType } from './event-facts.js';
import type { EventLog } from './event-log.js';
import type { EventType, RunEvent, StepEnd, StepStart, Token } from './events.js';
import type { Listeners } from './listeners.js';
import { isObserved, NOBODY, OBSERVERS, showObservers } from './observers.js';
import { toPlainError } from './plain-error.js';
import type { Warning } from './result.js';
import type { StepPlace } from './step-place.js';
import type { Told } from './told.js';

/** What a teller must know of its run. */
export interface Speaker {
  readonly id: string;
  readonly pipeline: string;
  readonly clock: { now(): number };
  /** A listener or observer was told of the failure of a step, or of the end (E.6). */
  tell(): void;
}

/**
 * Tells what happens in a run: numbers every event, and makes it only if somebody reads, listens, or may still come in
 * time. An event is delivered in the order in which it got its `seq`.
 */
export class Teller {
  readonly log: EventLog;
  #warnings: Warning[] | undefined;
  readonly #speaker: Speaker;
  readonly #own: Listeners;
  readonly #shared: Listeners | undefined;
  readonly #observers: typeof OBSERVERS;
  readonly #pipeline: string;
  readonly #runId: string;
  readonly #past: Told | undefined;
  #seq = 0;
  /** Keeps what control events tell, whoever else hears them. */
  recorder: { take(event: RunEvent): void } | undefined;
  #ended = false;
  #sealed = false;
  #lastEnd = 0;
  #atEnd: (() => void)[] | undefined;
  /** Events that listeners have caused while one is being told: they hear of them in order of `seq`. */
  #backlog: RunEvent[] | undefined;

  /**
   * `own` are the listeners of the run, `shared` those of its instance: without them nobody who observes the process is told
   * either. What was told before is not told again.
   */
  constructor(speaker: Speaker, log: EventLog, own: Listeners, shared?: Listeners, past?: Told) {
    this.#past = past;
    this.#seq = past?.seq ?? 0;
    this.#speaker = speaker;
    this.log = log;
    this.#own = own;
    this.#shared = shared;
    this.#observers = shared ? OBSERVERS : NOBODY;
    this.#pipeline = speaker.pipeline;
    this.#runId = speaker.id;
  }

  /** The number of the last event. */
  get seq(): number {
    return this.#seq;
  }

  /** What went wrong without changing the outcome; a listener may add to it after the end. */
  get warnings(): Warning[] {
    return (this.#warnings ??= []);
  }

  /** Calls back when the run has ended, before that is told. */
  atEnd(callback: () => void): void {
    (this.#atEnd ??= []).push(callback);
  }

  /** How the run has ended is written down: nothing but that is told any more. */
  seal(): void {
    this.#sealed = true;
  }

  /** Whether events of this type have to be made. */
  hears(type: EventType): boolean {
    return this.log.reading || this.#own.has(type) || this.#shared?.has(type) || isObserved(type);
  }

  /** The one event of the hot path; returns its `seq`. */
  token(place: StepPlace, value: unknown): number {
    const seq = ++this.#seq;
    if (!this.#heard && !this.#observers.tokens) return seq;
    const event: Indexed<Token<string, unknown>> = {
      v: 1,
      type: 'token',
      runId: this.#runId,
      seq,
      pipeline: place.pipeline,
      step: place.name,
      path: place.path,
      visit: place.visit,
      attempt: place.attempt,
      value,
    };
    if (place.index !== undefined) event.index = place.index;
    this.#deliver(event);
    return seq;
  }

  stepStart(place: StepPlace): void {
    if (this.#past?.tells?.('step-start', place)) return;
    const seq = ++this.#seq;
    if (!this.#told) return;
    // A follower starts in the moment in which the step before it has ended; asking the clock again would cost as much
    // as the event.
    const at = this.#lastEnd || this.#speaker.clock.now();
    this.#lastEnd = 0;
    const event: Indexed<StepStart<string>> = {
      v: 1,
      type: 'step-start',
      runId: this.#runId,
      seq,
      at,
      pipeline: place.pipeline,
      step: place.name,
      path: place.path,
      visit: place.visit,
      attempt: place.attempt,
    };
    if (place.index !== undefined) event.index = place.index;
    this.#deliver(event);
  }

  stepEnd(place: StepPlace, status: 'done' | 'recovered', output: unknown): void {
    if (this.#past?.tells?.('step-end', place)) return;
    const seq = ++this.#seq;
    if (!this.#told) return;
    const event: Indexed<StepEnd<string, unknown>> = {
      v: 1,
      type: 'step-end',
      runId: this.#runId,
      seq,
      at: (this.#lastEnd = this.#speaker.clock.now()),
      pipeline: place.pipeline,
      step: place.name,
      path: place.path,
      visit: place.visit,
      attempt: place.attempt,
      status,
      output,
    };
    if (place.index !== undefined) event.index = place.index;
    this.#deliver(event);
  }

  /** The moment of the last `step-end` has passed: a later start asks the clock. */
  passMoment(): void {
    this.#lastEnd = 0;
  }

  /** Any other event of a step. */
  step<T extends StepEventType>(type: T, place: StepPlace, facts: Facts<T>): void {
    const { name, pipeline, path, visit, attempt, index } = place;
    this.run(type, {
      pipeline,
      step: name,
      path,
      visit,
      attempt,
      ...(index !== undefined && { index }),
      ...facts,
    } as never);
  }

  /** Any event of the run; `pipeline` where it belongs to a child. */
  run<T extends EventType>(type: T, facts: Facts<T> & { readonly pipeline?: string }): void {
    // A startup hook that outlives the run which waited for it tells the others only.
    if (this.#ended || (this.#sealed && type !== 'run-end')) return;
    if (type === 'run-end') this.#end();
    if (this.#past?.tells?.(type, facts)) return;
    const seq = ++this.#seq;
    if (!this.#told) return;
    this.#deliver({
      v: 1,
      type,
      runId: this.#runId,
      seq,
      at: this.#speaker.clock.now(),
      pipeline: this.#pipeline,
      ...facts,
    } as unknown as RunEvent);
  }

  #end(): void {
    this.#ended = true;
    this.#atEnd?.forEach((callback) => callback());
    this.#atEnd = undefined;
  }

  get #heard(): boolean {
    return this.log.reading || this.#own.any || this.#shared?.any === true;
  }

  /** Whether control events have to be made. */
  get #told(): boolean {
    return this.#heard || this.#observers.any || this.recorder !== undefined;
  }

  #deliver(event: RunEvent): void {
    this.recorder?.take(event);
    if (this.log.reading) this.log.append(event);
    if (
      !this.#own.any &&
      !this.#shared?.any &&
      !(this.#observers.any && (event.type !== 'token' || this.#observers.tokens))
    )
      return;
    if (this.#backlog !== undefined) {
      this.#backlog.push(event);
      return;
    }
    this.#backlog = [];
    this.#emit(event);
    for (const caused of this.#backlog) this.#emit(caused);
    this.#backlog = undefined;
  }

  #emit(event: RunEvent): void {
    const { type } = event;
    // Iterators get the very same object, so no listener may write into it.
    Object.freeze(event);
    if (
      (type === 'run-end' || (type === 'step-error' && !event.handled)) &&
      (this.#own.has(type) || this.#shared?.has(type) || isObserved(type))
    )
      this.#speaker.tell();
    this.#own.emit(event, this.#report);
    this.#shared?.emit(event, this.#report);
    if (this.#observers.any) showObservers(event, this.#report);
  }

  /** A listener's or observer's failure is an event of its own; once the run has ended, a warning in its result. */
  readonly #report = (error: unknown, during: EventType): void => {
    const plain = toPlainError(error);
    if (!this.#ended && !this.#sealed && during !== 'observer-error') {
      this.run('observer-error', { error: plain, during });
      return;
    }
    const message = `A listener of "${during}" has failed: ${plain.message}`;
    this.warnings.push({ code: 'LISTENER_FAILED', message, error: plain });
  };
}
