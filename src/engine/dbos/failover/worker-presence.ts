import type { Pool, QueryConfig } from 'pg';
import { isConnectionError } from '../../postgres/is-connection-error.js';
import { HeldSession } from './held-session.js';
import { lockKey } from './lock-key.js';

/** What a worker's presence needs to know. */
export interface PresenceOptions {
  readonly databaseUrl: string;
  /** For the heartbeats: their connections must not be the one that holds the lock. */
  readonly pool: Pool;
  /** Of this process, and of no other, before or after. */
  readonly executorId: string;
  /** What this worker takes runs from. */
  readonly queues: readonly string[];
  /** Milliseconds from one heartbeat to the next; 2,000 if not given. */
  readonly heartbeatMs?: number;
  /** Told of every error but the loss of a connection, which heals by itself. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds between two signs of life, if nothing is said. */
export const HEARTBEAT = 2_000;

const BEAT = `
  INSERT INTO stepstream.workers (executor_id, lock_key, backend_pid, queues)
  VALUES ($1, ${lockKey('$1')}, $2, $3)
  ON CONFLICT (executor_id) DO UPDATE
  SET heartbeat_at = clock_timestamp(), backend_pid = excluded.backend_pid, queues = excluded.queues`;

/**
 * A worker's sign of life, by which its peers know that its runs are in good hands: a database session that holds a lock
 * (it is free as soon as the process is dead), and a heartbeat (it stops if the process stands still, or its host is cut off).
 */
export class WorkerPresence {
  readonly executorId: string;
  readonly #options: PresenceOptions;
  readonly #session: HeldSession;
  #timer: NodeJS.Timeout | undefined;
  #beat: Promise<void> | undefined;
  #closed = false;

  private constructor(options: PresenceOptions) {
    this.#options = options;
    this.executorId = options.executorId;
    const { databaseUrl, executorId, onError } = options;
    this.#session = new HeldSession({ databaseUrl, executorId, onError, onHeld: () => this.#beatNow() });
  }

  /** Resolves when the lock is held and the worker is listed: before that it must take no run. */
  static async start(options: PresenceOptions): Promise<WorkerPresence> {
    const presence = new WorkerPresence(options);
    try {
      await presence.#session.open();
      await presence.#write();
    } catch (error) {
      await presence.#session.close();
      throw error;
    }
    presence.#timer = setInterval(() => void presence.#tick(), options.heartbeatMs ?? HEARTBEAT);
    return presence;
  }

  /** When the lock was taken, by `performance.now()`; undefined while it is not held. */
  get heldSince(): number | undefined {
    return this.#session.heldSince;
  }

  /** How often the lock was lost and taken again. */
  get losses(): number {
    return this.#session.losses;
  }

  /** Says goodbye; what this executor then still has pending, its peers take over at once. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed = true;
    await this.#beat;
    try {
      await this.#options.pool.query('DELETE FROM stepstream.workers WHERE executor_id = $1', [this.executorId]);
    } catch (error) {
      this.#report(error);
    }
    // The lock goes last: a listed worker without one is taken for dead.
    await this.#session.close();
  }

  async #tick(): Promise<void> {
    // Who wakes after he was taken for dead isn't listed before he has his lock again: he would be taken for dead once more.
    if (await this.#session.check()) this.#beatNow();
  }

  #beatNow(): void {
    if (this.#closed) return;
    // One at a time: a database that answers slowly is not asked more often.
    this.#beat ??= this.#write()
      .catch((error: unknown) => this.#report(error))
      .finally(() => (this.#beat = undefined));
  }

  async #write(): Promise<void> {
    const { pool, queues, heartbeatMs = HEARTBEAT } = this.#options;
    const values = [this.executorId, this.#session.pid ?? null, queues];
    // Lest a connection into nowhere holds up the heartbeats for as long as TCP has patience.
    await pool.query({ text: BEAT, values, query_timeout: 3 * heartbeatMs } as QueryConfig);
  }

  #report(error: unknown): void {
    if (!isConnectionError(error)) this.#options.onError(error);
  }
}
