import { createParser } from 'eventsource-parser';
import { fromPlainError, type PlainError } from '../run/plain-error.js';
import { ConnectionError, notAStream } from './connection-error.js';
import type { WireEvent } from './wire-event.js';
import { within } from './within.js';

/** What is known of the wire besides the events. */
export interface Wire {
  /** Milliseconds of silence after which nothing more is expected. */
  readonly idle: number | false;
  /** Nothing more is wanted. */
  readonly signal: AbortSignal;
  /** The server has said how long to wait before a new try. */
  onDelay(ms: number): void;
  /** The server has said something, and be it that it is there. */
  onHeard(): void;
}

/** The events in a body of server-sent events; ends where the body ends, and throws what has broken it off. */
export async function* readEvents(body: ReadableStream<Uint8Array>, wire: Wire): AsyncGenerator<WireEvent, void> {
  let arrived: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => arrived.push(data),
    onRetry: (ms) => wire.onDelay(ms),
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(wire.idle, reader.read(), wire.signal);
      if (done) return;
      wire.onHeard();
      parser.feed(decoder.decode(value, { stream: true }));
      const said = arrived;
      arrived = [];
      // One after the other: what came before a failure, or before something that is no event, counts.
      for (const data of said) yield toEvent(data);
    }
  } finally {
    // Of a body that is at its end, or has broken off, nothing is left to cancel.
    reader.cancel().catch(() => undefined);
  }
}

function toEvent(data: string): WireEvent {
  const said = parse(data);
  if (said.type !== 'stream-error') {
    if (typeof said.seq === 'number' && typeof said.runId === 'string') return said;
    throw notEvents(data);
  }
  const { error } = said;
  throw new ConnectionError({
    code: error.code ?? 'STREAM_FAILED',
    message: `The server could not send the events any further: ${error.message}`,
    remedy: 'Look into the log of the server.',
    cause: fromPlainError(error),
  });
}

interface StreamError {
  readonly type: 'stream-error';
  readonly error: PlainError;
  readonly seq?: number;
  readonly runId?: string;
}

function parse(data: string): WireEvent | StreamError {
  try {
    const said = JSON.parse(data) as unknown;
    if (typeof said === 'object' && said !== null) return said as WireEvent | StreamError;
  } catch {
    // What is no JSON is no event either.
  }
  throw notEvents(data);
}

const notEvents = (data: string): ConnectionError => notAStream(`This is no event of a run: ${data.slice(0, 80)}`);
