import type { AnyPipeline } from '../../../decorators/context.js';
import { createRunError } from '../../executor/conclude.js';
import type { BusReading, TokenBus } from '../../ports/token-bus.js';
import { EventLog } from '../../run/event-log.js';
import type { EventType, RunEvent } from '../../run/events.js';
import { Listeners } from '../../run/listeners.js';
import { toPlainError } from '../../run/plain-error.js';
import type { RunHost } from '../../run/run.js';
import { ResultPromise } from '../../run/result-promise.js';
import type { RunResult, Warning } from '../../run/result.js';
import { HeardText } from './heard-text.js';
import { fromStoredEnd, type StoredEnd } from './stored-end.js';

/** What a remote run needs of whoever knows it. */
export interface RemoteFacts {
  readonly id: string;
  readonly pipeline: string;
  /** Its events begin behind this `seq`. */
  readonly after: number;
  /** The ends of earlier segments, up to this `seq`, are not its own. 0 by default. */
  readonly endsBehind?: number;
  readonly bus: TokenBus;
  /** How the segment has ended, once it has: also if nobody was left to say it. */
  readonly endOf: () => Promise<StoredEnd | undefined>;
  /** Asks for its end; resolves when that is recorded. */
  readonly cancel: (reason: unknown) => Promise<void>;
  /** What leaving the last loop over it does. */
  readonly leave: 'cancel' | 'detach';
  readonly throwOnFailure?: boolean;
  /** Told of what can't be asked; it is asked again. */
  readonly onError: (error: unknown) => void;
}

/** So many events are kept for late iterators, and read ahead of slow ones. */
const BUFFER = 10_000;
/** How often it is asked whether the run has ended without a word. */
const ASK_EVERY = 2_000;

/** One segment of a run that is executed elsewhere, as its handle knows it: what the bus brings, and how it has ended. */
export class RemoteRun implements RunHost {
  readonly log = new EventLog(BUFFER);
  readonly listeners = new Listeners();
  readonly #facts: RemoteFacts;
  readonly #result = new ResultPromise();
  readonly #warnings: Warning[] = [];
  readonly #reading: BusReading;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #heard: HeardText;
  /** Told when it looks on no longer. */
  onClose: (() => void) | undefined;
  #over = false;
  #closed = false;
  #own = false;
  #ending: Promise<void> | undefined;
  #ended: (() => void) | undefined;
  readonly #end = new Promise<void>((resolve) => (this.#ended = resolve));

  constructor(facts: RemoteFacts) {
    this.#facts = facts;
    this.#heard = new HeardText(facts.after);
    this.#reading = facts.bus.read(facts.id, facts.after, { take: (events) => this.#take(events) });
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY);
    // Nobody has to wait for a process that only looks on.
    (this.#timer as { unref?(): void }).unref?.();
  }

  get id(): string {
    return this.#facts.id;
  }
  get pipeline(): string {
    return this.#facts.pipeline;
  }
  get result(): Promise<RunResult<AnyPipeline>> {
    return this.#result.promise;
  }

  tell(): void {
    this.#result.tell();
  }

  failureFor(): Error | undefined {
    return this.#result.error;
  }

  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined {
    // Who has left a run that is not his does not want to know how it ends.
    if (remaining === 0 && this.#facts.leave === 'detach') this.tell();
    if (remaining > 0 || leave === 'detach' || this.#facts.leave === 'detach' || this.#over) return undefined;
    this.#own = true;
    return this.#facts.cancel('the consumer has left the loop');
  }

  /** Resolves when it has ended. */
  async cancel(reason: unknown): Promise<void> {
    if (this.#over) return;
    this.#own = true;
    await this.#facts.cancel(reason);
    await this.#end;
  }

  #take(events: readonly RunEvent[]): void | Promise<void> {
    for (const event of events) {
      if (this.#over || this.#ending !== undefined) return undefined;
      if (event.type === 'run-end' && event.seq > (this.#facts.endsBehind ?? 0)) return this.#conclude();
      this.#tell(event);
    }
    // A reader that is far behind is given no more.
    if (this.log.full) return new Promise((resolve) => this.log.gate({ release: resolve }));
    return undefined;
  }

  #tell(event: RunEvent): void {
    this.#heard.take(event);
    this.log.append(event);
    if (this.listeners.any) this.#emit(event);
  }

  #emit(event: RunEvent): void {
    Object.freeze(event);
    if (event.type === 'run-end' || (event.type === 'step-error' && !event.handled))
      if (this.listeners.has(event.type)) this.tell();
    this.listeners.emit(event, this.#report);
  }

  /** A listener's failure is nobody else's; it stands in the result. */
  readonly #report = (error: unknown, during: EventType): void => {
    const plain = toPlainError(error);
    const message = `A listener of "${during}" has failed: ${plain.message}`;
    this.#warnings.push({ code: 'LISTENER_FAILED', message, error: plain });
  };

  #ask(): void {
    if (this.#over || this.#ending !== undefined) return;
    void this.#facts.endOf().then(
      // What it told last is stored, if it is not lost.
      (end) => end !== undefined && void this.#reading.caughtUp().then(() => this.#conclude()),
      this.#facts.onError,
    );
  }

  #conclude(): Promise<void> {
    return (this.#ending ??= this.#untilEnd().then((end) => end && this.#finish(end)));
  }

  /** Undefined if it is closed before. */
  async #untilEnd(): Promise<StoredEnd | undefined> {
    while (!this.#closed) {
      try {
        const end = await this.#facts.endOf();
        if (end !== undefined) return end;
      } catch (error) {
        this.#facts.onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY / 4));
    }
    return undefined;
  }

  /** What is lost of the events is told from the result, and then its end. */
  #finish(stored: StoredEnd): void {
    const { throwOnFailure } = this.#facts;
    const result = fromStoredEnd(stored);
    const { status, error } = result;
    for (const event of this.#heard.toldAgain(result.texts, stored.event)) this.#tell(event);
    this.#over = true;
    const well = status === 'success' || status === 'suspended' || throwOnFailure === false;
    const own = this.#own && status === 'cancelled';
    const ending = { status, ...(error && { error }) };
    (result.warnings as Warning[]).push(...this.#warnings);
    this.#result.settle(result, well || own ? undefined : createRunError(this.pipeline, ending, result));
    if (this.log.open) this.tell();
    this.#tell(stored.event);
    this.log.close();
    this.close();
    this.#result.release();
    this.#ended!();
  }

  /** Looks on no longer; the run goes on. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#reading.close();
    this.onClose?.();
  }
}
