import type { AnyPipeline } from '../../decorators/context.js';
import { toBody, type ConnectOptions } from './connect-options.js';
import { anotherRun, ConnectionError, connectionLost, notAStream, refused } from './connection-error.js';
import { readEvents } from './read-events.js';
import { retryAfter } from './retry-after.js';
import { wait } from './wait.js';
import { within } from './within.js';
import type { WireEvent } from './wire-event.js';

const LONGEST_DELAY = 10_000;
/** A server that says 0 would be asked without a pause. */
const SHORTEST_DELAY = 100;

/** A run as its client reads it: an async iterable of its events that goes on by itself after its stream was cut. */
export class Connection<P = AnyPipeline> implements AsyncIterable<WireEvent<P>, void, undefined> {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #body: string | undefined;
  readonly #leaving = new AbortController();
  /** Why it is left, where that is no failure. */
  readonly #closed = new DOMException('The connection is closed.', 'AbortError');
  /** The id of the run; undefined, if it was left before anything was known of the run. */
  readonly #identified: Promise<string | undefined>;
  #identify!: (runId: string | undefined) => void;
  #fail!: (error: unknown) => void;
  #runId: string | undefined;
  #position: number;
  #delay: number;
  #failures = 0;
  /** What the server wants to be waited for. */
  #pause = 0;
  #read = false;
  #asked = false;

  constructor(url: string, options: ConnectOptions) {
    this.#url = url;
    this.#options = options;
    this.#body = toBody(options.body);
    this.#position = options.after ?? 0;
    this.#delay = options.delay ?? 250;
    this.#identified = new Promise((resolve, reject) => {
      this.#identify = resolve;
      this.#fail = reject;
    });
    // The loop throws it; here it is for those that wait in `cancel()`.
    this.#identified.catch(() => undefined);
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
    const { signal } = this.#options;
    // Not AbortSignal.any(): a signal that lives long would keep something of each try.
    const leave = (): void => this.#leaving.abort(signal!.reason);
    signal?.addEventListener('abort', leave);
    try {
      signal?.throwIfAborted();
      while (!this.#leaving.signal.aborted) {
        const lost = yield* this.#readOnce();
        if (lost === undefined) return;
        await this.#waitAfter(lost.cause);
      }
    } catch (error) {
      this.#fail(error);
      // What `close()` has broken off is no failure.
      if (this.#leaving.signal.reason !== this.#closed) throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.close();
    }
  }

  /**
   * Ends the run: by `DELETE` at its address or, where it has none, by leaving. Resolves when the server has heard. Before
   * the first event it waits for the id of the run, and throws what the loop throws if there is none.
   */
  async cancel(): Promise<void> {
    const { runUrl } = this.#options;
    if (this.#body !== undefined && runUrl === undefined) return this.close();
    const runId = runUrl && (await this.#identified);
    if (runUrl && runId === undefined) return;
    const url = runId === undefined ? this.#url : this.#urlOf(runId);
    const response = await this.#fetch(url, { method: 'DELETE', headers: await this.#headers() });
    // A run that has ended meanwhile has nothing to cancel.
    if (!response.ok && response.status !== 404) throw await refused(response);
    await response.body?.cancel();
  }

  /** Leaves: the loop ends. Whether the run does too is the server's decision (`onDisconnect`). */
  close(): void {
    this.#identify(undefined);
    this.#leaving.abort(this.#closed);
  }

  /** Reads one response; returns what has cut it, or nothing at the end of the run. */
  async *#readOnce(): AsyncGenerator<WireEvent<P>, { readonly cause: unknown } | undefined, undefined> {
    const { idle = 45_000 } = this.#options;
    const { signal } = this.#leaving;
    const request = new AbortController();
    const leave = (): void => request.abort(signal.reason);
    signal.addEventListener('abort', leave);
    const began = performance.now();
    const wire = {
      idle,
      signal: request.signal,
      onDelay: (ms: number) => (this.#delay = Math.max(ms, SHORTEST_DELAY)),
      // A stream that holds for longer than it was waited for is no failure, however little the run has to say.
      onHeard: () => {
        if (performance.now() - began > this.#longest) this.#failures = 0;
      },
    };
    let cause: unknown;
    try {
      const body = await within(idle, this.#open(request.signal), request.signal);
      if (body === undefined) return undefined;
      for await (const event of readEvents(body, wire)) {
        // What has arrived with an event at which the reader has left is not read.
        if (signal.aborted) break;
        if (!this.#take(event)) continue;
        yield event as WireEvent<P>;
        if (event.type === 'run-end') return undefined;
      }
    } catch (error) {
      // Before anything was asked for it is a mistake in the options, as headers that can't be made.
      if (!this.#asked || (error instanceof ConnectionError && !isPassing(error))) throw error;
      cause = error;
    } finally {
      signal.removeEventListener('abort', leave);
      request.abort(this.#closed);
    }
    signal.throwIfAborted();
    return { cause };
  }

  /** Asks for the events behind those that are known; nothing, if there are none. */
  async #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    const starts = this.#body !== undefined && this.#runId === undefined;
    const headers = await this.#headers();
    signal.throwIfAborted();
    headers.set('accept', 'text/event-stream');
    if (starts) headers.set('content-type', 'application/json');
    if (this.#position > 0) headers.set('last-event-id', String(this.#position));
    const url = this.#runId === undefined ? this.#url : this.#urlOf(this.#runId);
    const init = starts ? { method: 'POST', body: this.#body, headers } : { headers };
    this.#asked = true;
    const response = await this.#fetch(url, { ...init, signal });
    // One that comes to a `fetch` that does not know the signal, when nobody waits for it any more.
    if (signal.aborted) await response.body?.cancel();
    signal.throwIfAborted();
    if (response.status === 204) return undefined;
    this.#pause = retryAfter(response);
    if (!response.ok || response.body === null) throw await refused(response);
    const type = response.headers.get('content-type');
    if (type?.toLowerCase().startsWith('text/event-stream')) return response.body;
    await response.body.cancel();
    throw notAStream(`${url} has answered with ${type ?? 'no content type'} in place of text/event-stream.`);
  }

  /** Whether an event is a new one. */
  #take(event: WireEvent): boolean {
    // A server that does not keep runs begins another one when it is asked again.
    if (this.#runId !== undefined && event.runId !== this.#runId) throw anotherRun(this.#runId, event.runId);
    if (event.seq <= this.#position) return false;
    this.#position = event.seq;
    this.#failures = 0;
    this.#runId ??= event.runId;
    this.#identify(this.#runId);
    return true;
  }

  async #waitAfter(cause: unknown): Promise<void> {
    const { runUrl, retries = 8 } = this.#options;
    const started = this.#body !== undefined;
    // Nothing has begun that could be lost.
    if (started && this.#runId === undefined && cause instanceof ConnectionError) throw cause;
    if (started && runUrl === undefined) throw connectionLost('connect() was given no runUrl', cause);
    // To ask twice might start two runs.
    if (started && this.#runId === undefined) throw connectionLost('its id is not known yet', cause);
    // A browser that knows that it is offline comes back sooner or later.
    const offline = globalThis.navigator?.onLine === false;
    if (!offline && this.#failures >= retries) throw connectionLost(`${retries} new tries have led to nothing`, cause);
    const longest = this.#longest;
    if (!offline || this.#failures < retries) this.#failures++;
    const pause = this.#pause;
    this.#pause = 0;
    // Not all clients of a server that has been restarted at the same moment.
    await wait(pause + longest * (0.5 + Math.random() / 2), this.#leaving.signal);
  }

  /** Milliseconds before the next try, at most. */
  get #longest(): number {
    return Math.min(this.#delay * 2 ** this.#failures, LONGEST_DELAY);
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
