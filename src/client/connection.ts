import type { AnyPipeline } from '../../decorators/context.js';
import type { ConnectOptions } from './connect-options.js';
import { ConnectionError, connectionLost, notAStream, refused } from './connection-error.js';
import { readEvents } from './read-events.js';
import { wait } from './wait.js';
import { within } from './within.js';
import type { WireEvent } from './wire-event.js';

const LONGEST_DELAY = 10_000;

/** A run as its client reads it: an async iterable of its events that goes on by itself after its stream was cut. */
export class Connection<P = AnyPipeline> implements AsyncIterable<WireEvent<P>, void, undefined> {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #identified: Promise<string>;
  #identify!: (runId: string) => void;
  #runId: string | undefined;
  #position: number;
  #delay: number;
  #failures = 0;
  #read = false;

  constructor(url: string, options: ConnectOptions) {
    this.#url = url;
    this.#options = options;
    this.#position = options.after ?? 0;
    this.#delay = options.delay ?? 250;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal;
    this.#identified = new Promise((resolve) => (this.#identify = resolve));
  }

  /** The id of the run, once its first event is here. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** The `seq` of the last event that was read. */
  get position(): number {
    return this.#position;
  }

  /** Reads the run to its end, once. Throws a `ConnectionError` when the server refuses, or can't be reached any more. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WireEvent<P>, void, undefined> {
    if (this.#read) throw new Error('A connection is read once: call connect() again.');
    this.#read = true;
    try {
      while (!this.#closing.signal.aborted) {
        const lost = yield* this.#readOnce();
        if (lost === undefined) return;
        await this.#waitAfter(lost.cause);
      }
    } catch (error) {
      // What `close()` has broken off is no failure.
      if (!this.#closing.signal.aborted) throw error;
    } finally {
      this.#closing.abort();
    }
  }

  /** Ends the run: by `DELETE` at its address or, where it has none, by leaving. Resolves when the server has heard. */
  async cancel(): Promise<void> {
    const { body, runUrl } = this.#options;
    if (body !== undefined && runUrl === undefined) return this.close();
    const url = this.#urlOf(await this.#identified);
    const response = await this.#fetch(url, { method: 'DELETE', headers: await this.#headers() });
    // A run that has ended meanwhile has nothing to cancel.
    if (!response.ok && response.status !== 404) throw await refused(response);
    await response.body?.cancel();
  }

  /** Leaves: the loop ends. Whether the run does too is the server's decision (`onDisconnect`). */
  close(): void {
    this.#closing.abort();
  }

  /** Reads one response; returns what has cut it, or nothing at the end of the run. */
  async *#readOnce(): AsyncGenerator<WireEvent<P>, { readonly cause: unknown } | undefined, undefined> {
    const { idle = 45_000 } = this.#options;
    const request = new AbortController();
    let cause: unknown;
    try {
      const body = await within(idle, this.#open(AbortSignal.any([this.#signal, request.signal])));
      if (body === undefined) return undefined;
      for await (const event of readEvents(body, { idle, onDelay: (ms) => (this.#delay = ms) })) {
        if (!this.#take(event)) continue;
        yield event as WireEvent<P>;
        if (event.type === 'run-end') return undefined;
      }
    } catch (error) {
      if (error instanceof ConnectionError && !isPassing(error)) throw error;
      this.#options.signal?.throwIfAborted();
      cause = error;
    } finally {
      request.abort();
    }
    return { cause };
  }

  /** Asks for the events behind those that are known; nothing, if there are none. */
  async #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    const { body } = this.#options;
    const starts = body !== undefined && this.#runId === undefined;
    const headers = await this.#headers();
    headers.set('accept', 'text/event-stream');
    if (starts) headers.set('content-type', 'application/json');
    if (this.#position > 0) headers.set('last-event-id', String(this.#position));
    const url = this.#runId === undefined ? this.#url : this.#urlOf(this.#runId);
    const init = starts ? { method: 'POST', body: JSON.stringify(body), headers } : { headers };
    const response = await this.#fetch(url, { ...init, signal });
    if (response.status === 204) return undefined;
    if (!response.ok || response.body === null) throw await refused(response);
    const type = response.headers.get('content-type');
    if (type?.startsWith('text/event-stream')) return response.body;
    await response.body.cancel();
    throw notAStream(url, type);
  }

  /** Whether an event is a new one. */
  #take(event: WireEvent): boolean {
    if (event.seq <= this.#position) return false;
    this.#position = event.seq;
    this.#failures = 0;
    this.#runId ??= event.runId;
    this.#identify(this.#runId);
    return true;
  }

  async #waitAfter(cause: unknown): Promise<void> {
    const { body, runUrl, retries = 8 } = this.#options;
    // Nothing has begun that could be lost.
    if (body !== undefined && this.#runId === undefined && cause instanceof ConnectionError) throw cause;
    if (body !== undefined && runUrl === undefined) throw connectionLost('connect() was given no runUrl', cause);
    // To ask twice might start two runs.
    if (body !== undefined && this.#runId === undefined) throw connectionLost('its id is not known yet', cause);
    if (this.#failures++ >= retries) throw connectionLost(`${retries} new tries have led to nothing`, cause);
    const longest = Math.min(this.#delay * 2 ** (this.#failures - 1), LONGEST_DELAY);
    // Not all clients of a server that has been restarted at the same moment.
    await wait(longest * (0.5 + Math.random() / 2), this.#signal);
  }

  #urlOf(runId: string): string {
    return String(this.#options.runUrl?.(runId) ?? this.#url);
  }

  async #headers(): Promise<Headers> {
    const { headers } = this.#options;
    return new Headers(typeof headers === 'function' ? await headers() : headers);
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const { fetch = globalThis.fetch, credentials } = this.#options;
    return fetch(url, { ...init, ...(credentials && { credentials }), cache: 'no-store' });
  }
}

/** Whether it may be otherwise at the next try: the server is overloaded, or being restarted. */
const isPassing = ({ status }: ConnectionError): boolean =>
  status !== undefined && (status >= 500 || status === 429 || status === 408);
