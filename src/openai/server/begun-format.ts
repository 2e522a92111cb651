import type { WireFormat } from '../../http/wire-format.js';
import type { RunEvent } from '../../run/events.js';
import type { PlainError } from '../../run/plain-error.js';

/** A format that has written its first text already, of an event that is read once more. */
export class BegunFormat implements WireFormat {
  readonly headers: Readonly<Record<string, string>>;
  readonly heartbeat: string | undefined;
  readonly #format: WireFormat;
  readonly #first: { readonly event: RunEvent; readonly text: string };

  constructor(format: WireFormat, first: { readonly event: RunEvent; readonly text: string }) {
    this.#format = format;
    this.#first = first;
    this.headers = format.headers;
    this.heartbeat = format.heartbeat;
  }

  get over(): boolean {
    return this.#format.over;
  }

  write(event: RunEvent): string {
    return event === this.#first.event ? this.#first.text : this.#format.write(event);
  }

  fail(error: PlainError): string {
    return this.#format.fail(error);
  }
}
