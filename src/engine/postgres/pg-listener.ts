import { escapeIdentifier, type Client, type Notification } from 'pg';
import { backOff } from './while-unreachable.js';

/** Who listens to a channel. */
export interface ChannelListener {
  /** Something was told on the channel. */
  onPayload(payload: string): void;
  /** From now on everything told is heard: at first, and again whenever the connection was lost and something may be missed. */
  onListening(): void;
}

/** What a `PgListener` is made of. */
export interface PgListenerOptions {
  /** Makes a client that is not connected yet. */
  readonly connect: () => Client;
  /** Is told why the connection is lost or can't be made; it is tried again in any case. */
  readonly onError: (error: unknown) => void;
}

/** A silent connection is asked every so many milliseconds whether it is still one, and has as long to answer. */
const ASK_EVERY = 10_000;

/** One connection on which all of a process listens to channels of PostgreSQL; made when it is first needed. */
export class PgListener {
  readonly #options: PgListenerOptions;
  readonly #channels = new Map<string, Set<ChannelListener>>();
  #client: Client | undefined;
  #listened = new Set<string>();
  #working: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: PgListenerOptions) {
    this.#options = options;
  }

  /** Listens to a channel until the function is called that it returns. */
  listen(channel: string, listener: ChannelListener): () => void {
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(listener));
    // Later, as in every other case.
    if (this.#listened.has(channel)) queueMicrotask(() => listeners.has(listener) && listener.onListening());
    this.#work();
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#channels.delete(channel);
      this.#work();
    };
  }

  /** Lets the connection go. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#channels.clear();
    clearTimeout(this.#timer);
    await this.#working;
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #work(): void {
    if (this.#working !== undefined || this.#closed) return;
    clearTimeout(this.#timer);
    this.#working = this.#catchUp()
      .then(
        () => (this.#failures = 0),
        (error: unknown) => {
          this.#failures += 1;
          this.#lose(this.#client, error);
        },
      )
      .then(() => {
        this.#working = undefined;
        this.#workLater();
      });
  }

  #workLater(): void {
    if (this.#closed) return;
    const todo = this.#toDo();
    if (this.#failures === 0 && todo !== undefined) return this.#work();
    const wait = this.#failures > 0 ? backOff(this.#failures) : ASK_EVERY;
    clearTimeout(this.#timer);
    if (this.#client !== undefined || todo !== undefined) this.#timer = setTimeout(() => this.#ask(), wait);
  }

  /** The one connection has one thing to do at a time. */
  async #catchUp(): Promise<void> {
    for (let todo = this.#toDo(); todo !== undefined && !this.#closed; todo = this.#toDo()) {
      const { channel, on } = todo;
      const client = this.#client ?? (await this.#connect());
      await client.query(`${on ? 'LISTEN' : 'UNLISTEN'} ${escapeIdentifier(channel)}`);
      if (client !== this.#client) continue;
      if (!on) this.#listened.delete(channel);
      else this.#listened.add(channel);
      if (on) for (const listener of [...(this.#channels.get(channel) ?? [])]) listener.onListening();
    }
  }

  #toDo(): { readonly channel: string; readonly on: boolean } | undefined {
    for (const channel of this.#channels.keys()) if (!this.#listened.has(channel)) return { channel, on: true };
    for (const channel of this.#listened) if (!this.#channels.has(channel)) return { channel, on: false };
    return undefined;
  }

  async #connect(): Promise<Client> {
    const client = this.#options.connect();
    client.on('notification', (notification) => this.#hear(notification));
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('Connection terminated')));
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #hear({ channel, payload = '' }: Notification): void {
    for (const listener of [...(this.#channels.get(channel) ?? [])]) listener.onPayload(payload);
  }

  #lose(client: Client | undefined, error: unknown): void {
    if (this.#closed) return;
    if (client === undefined) return this.#options.onError(error);
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#listened = new Set();
    this.#options.onError(error);
    // It need not say anything any more, not even that it can't be ended.
    client.end().catch(() => undefined);
    this.#work();
  }

  /** A connection that nobody answers on looks like one on which nothing is told. */
  #ask(): void {
    const client = this.#client;
    if (client === undefined || this.#toDo() !== undefined) return this.#work();
    this.#working ??= this.#answered(client)
      .catch((error: unknown) => this.#lose(client, error))
      .then(() => {
        this.#working = undefined;
        this.#workLater();
      });
  }

  async #answered(client: Client): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Connection terminated: no answer')), ASK_EVERY);
    });
    try {
      await Promise.race([client.query('SELECT 1'), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
