import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { isConnectionError } from '../../postgres/is-connection-error.js';
import { HELD_LOCKS } from './held-locks.js';
import { lockKey } from './lock-key.js';

interface SessionOptions {
  readonly databaseUrl: string;
  readonly executorId: string;
  readonly onError: (error: unknown) => void;
  /** Called when the lock is held again after it was lost. */
  readonly onHeld: () => void;
}

/**
 * The server finds out within 11 seconds that our host has vanished, and doesn't end the session for doing nothing.
 * We wait half a minute for the lock: then the connection may be dead without our knowing.
 */
const SETTINGS = `
  SELECT set_config(name, value, false)
  FROM pg_settings JOIN (VALUES
    ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'), ('tcp_keepalives_count', '3'),
    ('statement_timeout', '0'), ('idle_session_timeout', '0'), ('lock_timeout', '30s')
  ) AS wanted (name, value) USING (name)`;

/** A session of ours that the server may still believe in, after its connection broke. */
const END_OLD = `SELECT pg_terminate_backend(pid) FROM (${HELD_LOCKS}) held WHERE key = ${lockKey('$1')} AND pid = $2`;

const LOCK = `SELECT pg_backend_pid() AS pid, pg_advisory_lock(${lockKey('$1')})`;

/** A database session that holds the lock of an executor; when it is lost, another takes its place. */
export class HeldSession {
  readonly #options: SessionOptions;
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #connecting: Client | undefined;
  #reconnecting: Promise<void> | undefined;
  #unanswered = 0;
  #lastPid: number | undefined;
  #heldSince: number | undefined;
  #losses = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get heldSince(): number | undefined {
    return this.#heldSince;
  }

  get losses(): number {
    return this.#losses;
  }

  /** Of the server's process that holds the lock. */
  get pid(): number | undefined {
    return this.#client && this.#lastPid;
  }

  /** Connects and takes the lock; if another session has it, when that lets go. */
  async open(): Promise<void> {
    const { databaseUrl, executorId } = this.#options;
    const client = new Client({
      connectionString: databaseUrl,
      application_name: 'stepstream presence',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    this.#connecting = client;
    let ended = false;
    client.on('error', () => undefined); // 'end' follows
    client.once('end', () => {
      ended = true;
      this.#lost(client);
    });
    try {
      await client.connect();
      await client.query(SETTINGS);
      if (this.#lastPid !== undefined) await client.query(END_OLD, [executorId, this.#lastPid]);
      const { rows } = await client.query<{ pid: number }>(LOCK, [executorId]);
      if (ended || this.#closing.signal.aborted) throw new Error('Connection terminated when the lock was just taken');
      this.#hold(client, rows[0].pid);
    } catch (error) {
      await client.end();
      throw error;
    } finally {
      this.#connecting = undefined;
    }
  }

  /** Resolves to whether the server answers that the session stands; after three calls without an answer it is given up. */
  async check(): Promise<boolean> {
    const client = this.#client;
    if (!client) return false;
    // Counted by calls, not by a timeout: a process that stood still for a while would take its own standstill for the server's.
    if (this.#unanswered > 0) {
      if (++this.#unanswered > 3) this.#drop(client);
      return false;
    }
    this.#unanswered = 1;
    try {
      await client.query('SELECT 1');
    } catch {
      return false; // its end says why, and leads to the next
    }
    if (client !== this.#client) return false;
    this.#unanswered = 0;
    return true;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = this.#client;
    this.#client = this.#heldSince = undefined;
    await Promise.all([client?.end(), this.#connecting?.end(), this.#reconnecting]);
  }

  #hold(client: Client, pid: number): void {
    this.#client = client;
    this.#lastPid = pid;
    this.#unanswered = 0;
    this.#heldSince = performance.now();
  }

  #drop(client: Client): void {
    void client.end();
    this.#lost(client);
  }

  #lost(client: Client): void {
    if (client !== this.#client) return;
    this.#client = this.#heldSince = undefined;
    this.#losses++;
    this.#reconnecting = this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing;
    for (let delay = 25; !signal.aborted; delay = Math.min(2 * delay, 1000)) {
      try {
        await this.open();
        return this.#options.onHeld();
      } catch (error) {
        if (!isConnectionError(error) && !signal.aborted) this.#options.onError(error);
        // Not all workers at once, when the server is back.
        await sleep(delay * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
