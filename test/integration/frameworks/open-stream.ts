import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createParser } from 'eventsource-parser';

/** One event as the client's parser has it. */
export interface Read {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** One request on a connection of its own, whose answer is read event by event, and which can be torn off at any time. */
export class OpenStream {
  readonly #request;
  readonly #response: Promise<IncomingMessage>;
  readonly #events: Read[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  #reading = false;

  constructor(url: string, { method = 'GET', headers = {}, body }: OpenOptions = {}) {
    this.#request = request(url, { method, agent: false, headers });
    this.#response = new Promise((resolve, reject) => {
      this.#request.once('response', resolve);
      // One that was torn off has an error of its own.
      this.#request.on('error', reject);
    });
    this.#response.catch(() => undefined);
    this.#request.end(body);
  }

  async head(): Promise<{ status: number; headers: IncomingHttpHeaders }> {
    const { statusCode, headers } = await this.#response;
    return { status: statusCode!, headers };
  }

  async json(): Promise<unknown> {
    return JSON.parse(await text(await this.#response));
  }

  /** The next event; undefined when there are no more. */
  async next(): Promise<Read | undefined> {
    if (!this.#reading) this.#read(await this.#response);
    while (this.#events.length === 0 && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#events.shift();
  }

  /** The next event of this type. */
  async until(type: string): Promise<Read> {
    for (;;) {
      const read = await this.next();
      if (read === undefined) throw new Error(`The stream has ended without ${type}.`);
      if (read.event === type) return read;
    }
  }

  /** All that is still to come. */
  async rest(): Promise<Read[]> {
    const all: Read[] = [];
    for (let read = await this.next(); read; read = await this.next()) all.push(read);
    return all;
  }

  leave(): void {
    this.#request.destroy();
  }

  #read(response: IncomingMessage): void {
    this.#reading = true;
    const parser = createParser({ onEvent: (event) => this.#events.push(event) });
    const end = (): void => {
      this.#over = true;
      this.#wake?.();
    };
    response.setEncoding('utf8').on('data', (data: string) => {
      parser.feed(data);
      this.#wake?.();
    });
    response.on('error', end).on('close', end);
  }
}

interface OpenOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
