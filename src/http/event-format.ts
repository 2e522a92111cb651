import type { RunEvent } from '../run/events.js';
import type { PlainError } from '../run/plain-error.js';
import { createDescribe, type Describe } from './describe-failure.js';
import type { ResponseOptions } from './response-options.js';
import { createFilter, toWire } from './to-wire.js';
import type { WireFormat } from './wire-format.js';

/** The run's own events, as server-sent events or one JSON object a line. `run-end` is always the last. */
export class EventFormat implements WireFormat {
  readonly headers: Readonly<Record<string, string>>;
  readonly heartbeat?: string;
  over = false;
  readonly #sse: boolean;
  readonly #wants: (type: RunEvent['type']) => boolean;
  readonly #describe: Describe;

  constructor({ format = 'sse', types, describeError }: ResponseOptions) {
    this.#sse = format === 'sse';
    if (this.#sse) this.heartbeat = ': hb\n\n';
    this.headers = {
      'content-type': this.#sse ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
    };
    this.#wants = createFilter(types);
    this.#describe = createDescribe(describeError);
  }

  write(event: RunEvent): string {
    if (event.type === 'run-end') this.over = true;
    else if (!this.#wants(event.type)) return '';
    const data = toWire(event, this.#describe);
    return this.#sse ? `id: ${event.seq}\nevent: ${event.type}\ndata: ${data}\n\n` : `${data}\n`;
  }

  fail(error: PlainError): string {
    this.over = true;
    const data = JSON.stringify({ type: 'stream-error', error: this.#describe(error) });
    // Not "error": to an EventSource that is the connection's own.
    return this.#sse ? `event: stream-error\ndata: ${data}\n\n` : `${data}\n`;
  }
}
