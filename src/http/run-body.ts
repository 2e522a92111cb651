import type { RunEvent } from '../run/events.js';
import { toPlainError } from '../run/plain-error.js';
import type { WireFormat } from './wire-format.js';

type Events = AsyncIterator<RunEvent, undefined>;
type Read = IteratorResult<RunEvent, undefined>;

const encoder = new TextEncoder();

/** The body of one response: reads an event only when the client has room for it, so that a slow client holds the steps. */
export class RunBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #events: Events;
  readonly #format: WireFormat;
  readonly #beat: number | undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** An event that was asked for and has come when nobody wanted it: the first, or one behind a heartbeat. */
  #arrived: { readonly read?: Read; readonly error?: unknown } | undefined;
  #asked = false;
  #over = false;
  #served: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #signal: AbortSignal | undefined;

  /** Attaches at once: what the run says from now on is in the body. */
  constructor(events: Events, format: WireFormat, heartbeat: number | false, signal?: AbortSignal) {
    this.#events = events;
    this.#format = format;
    this.#signal = signal;
    this.#beat = heartbeat === false || format.heartbeat === undefined ? undefined : heartbeat;
    this.#ask();
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort);
  }

  pull(): Promise<void> {
    return new Promise((resolve) => {
      this.#served = resolve;
      if (this.#beat !== undefined) this.#timer = setTimeout(this.#onSilence, this.#beat);
      const arrived = this.#arrived;
      this.#arrived = undefined;
      if (arrived) this.#take(arrived.read, arrived.error);
      else this.#ask();
    });
  }

  /** The client has left. Resolves when that has ended the run, if it does. */
  async cancel(): Promise<void> {
    this.#stop();
    await this.#events.return?.();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#events.next().then(
      (read) => this.#arrive(read),
      (error: unknown) => this.#arrive(undefined, error),
    );
  }

  #arrive(read: Read | undefined, error?: unknown): void {
    this.#asked = false;
    if (this.#over) return;
    if (this.#served) this.#take(read, error);
    else this.#arrived = { ...(read && { read }), error };
  }

  #take(read: Read | undefined, error: unknown): void {
    const text = this.#write(read, error);
    if (text !== '') this.#controller.enqueue(encoder.encode(text));
    if (this.#format.over) this.#end();
    else if (text === '') this.#ask();
    else this.#serve();
  }

  #write(read: Read | undefined, error: unknown): string {
    if (read === undefined) return this.#format.fail(toPlainError(error));
    // Somebody else has closed this very iterator.
    if (read.done) return this.#format.fail({ name: 'Error', message: 'The events have ended before the run.' });
    try {
      return this.#format.write(read.value);
    } catch (thrown) {
      return this.#format.fail(toPlainError(thrown));
    }
  }

  #end(): void {
    const { broken } = this.#format;
    this.#serve();
    this.#stop();
    if (broken) this.#controller.error(broken);
    else this.#controller.close();
    // The run is over or, where its events could not be sent on, is left. Its failure is the run's own to tell.
    this.#events.return?.().catch(() => undefined);
  }

  // A body that nobody has begun to read is never cancelled: then this is all that tells of a client that has left.
  readonly #onAbort = (): void => {
    if (this.#over) return;
    this.#controller.error(this.#signal!.reason);
    this.cancel().catch(() => undefined);
  };

  readonly #onSilence = (): void => {
    this.#controller.enqueue(encoder.encode(this.#format.heartbeat));
    this.#serve();
  };

  #serve(): void {
    clearTimeout(this.#timer);
    this.#served?.();
    this.#served = undefined;
  }

  #stop(): void {
    this.#over = true;
    this.#arrived = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#serve();
  }
}
