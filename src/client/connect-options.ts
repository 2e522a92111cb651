import { MisuseError } from '../errors/misuse-error.js';

/** How a client asks for a run, and how it asks again after its stream was cut. */
export interface ConnectOptions {
  /** What the run is started with, sent as JSON by `POST`. Without it the run is there already, and asked for by `GET`. */
  readonly body?: unknown;
  /**
   * The address of a run: `GET` goes on with its stream, `DELETE` ends it. By default that of the connection, if it has no
   * `body`; with one, and without this, a stream that is cut is lost.
   */
  readonly runUrl?: (runId: string) => string | URL;
  /** Headers of every request; a function is asked anew for each. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies go with it; as for `fetch`. */
  readonly credentials?: RequestCredentials;
  /** Begins behind this `seq`. 0 by default. */
  readonly after?: number;
  /** How often in a row it is tried again without a new event, or a stream that holds for a while. 8 by default. */
  readonly retries?: number;
  /** Milliseconds before the first new try; each next waits twice as long, at most 10 s. 250 by default. */
  readonly delay?: number;
  /** Milliseconds of silence after which a stream counts as cut; a server sends something every 15 s. 45,000 by default. */
  readonly idle?: number | false;
  /** Ends it: the loop throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** What is called in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Throws a `MisuseError` for options that nothing can be asked with. */
export function checkConnectOptions({ after = 0, retries = 0, delay = 0, idle = 1 }: ConnectOptions): void {
  if (!isCount(after)) throw refuse('after', 'the seq of an event');
  if (!isCount(retries)) throw refuse('retries', 'a whole number');
  if (!isTime(delay)) throw refuse('delay', 'milliseconds');
  if (idle !== false && !(isTime(idle) && idle > 0)) throw refuse('idle', 'milliseconds above 0, or false');
}

/** The body of the request; throws a `MisuseError` for what JSON can't say. */
export function toBody(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  let text: unknown;
  let cause: unknown;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    cause = error;
  }
  // A function is nothing in JSON.
  if (typeof text !== 'string') throw refuse('body', 'something that JSON can say', cause);
  return text;
}

/** Throws a `MisuseError` for an address that the global `fetch` could not ask at, as a relative one outside of a page. */
export function checkUrl(url: string, { fetch }: ConnectOptions): void {
  if (fetch !== undefined || typeof location !== 'undefined') return;
  try {
    new URL(url);
  } catch (error) {
    throw refuse('url', 'a whole address: there is no page that it could be relative to', error);
  }
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

const isTime = (ms: unknown): ms is number => typeof ms === 'number' && ms >= 0 && ms < 2 ** 31;

const refuse = (option: string, expected: string, cause?: unknown): MisuseError =>
  new MisuseError({
    code: 'INVALID_CONNECT_OPTION',
    message: `connect(): the option ${option} must be ${expected}.`,
    remedy: 'Mend the option.',
    cause,
  });
