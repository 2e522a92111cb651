import type { Pool } from 'pg';
import { inTransaction } from '../../postgres/in-transaction.js';
import { isConnectionError } from '../../postgres/is-connection-error.js';
import { HELD_LOCKS } from './held-locks.js';
import { lockKey } from './lock-key.js';
import { sessionName } from './session-name.js';
import type { WorkerPresence } from './worker-presence.js';

/** What a reaper needs to know. */
export interface ReaperOptions {
  readonly pool: Pool;
  /** Of the worker that the reaper is part of: who can't prove that he lives doesn't judge others. */
  readonly presence: Pick<WorkerPresence, 'executorId' | 'heldSince' | 'losses'>;
  /** As DBOS knows them: the runs of other applications in the same database are not ours to move. */
  readonly application: { readonly name: string; readonly version: string };
  /** Puts all that an executor has pending back into its queues; resolves to how many runs. */
  readonly recover: (executorId: string) => Promise<number>;
  /** Milliseconds between two looks, of all workers together; 500 if not given. */
  readonly intervalMs?: number;
  /** After so many milliseconds without a heartbeat a worker counts as frozen; 15,000 if not given. */
  readonly frozenAfterMs?: number;
  /** How long after an outage nobody is judged, in milliseconds: all locks are free then. 5,000 if not given. */
  readonly settleMs?: number;
  /** Told of every error but the loss of a connection, which heals by itself. */
  readonly onError: (error: unknown) => void;
  /** Told when a dead worker's runs were recovered. */
  readonly onRecovered?: (executorId: string, runs: number) => void;
}

/** Milliseconds without a sign of life, if nothing is said. */
export const FROZEN_AFTER = 15_000;

/** One look per interval in the whole database, however many workers there are; no lock that a frozen one could keep. */
const TAKE_TURN = `
  UPDATE stepstream.reaping SET looked_at = clock_timestamp()
  WHERE looked_at < clock_timestamp() - $1 * interval '1 ms'
    AND pg_postmaster_start_time() < clock_timestamp() - $2 * interval '1 ms'`;

/** Executors without a lock, and those with one but without a fresh heartbeat; who never was listed, but has runs, too. */
const SUSPECTS = `
  WITH workers AS (
    SELECT executor_id, max(heartbeat_at) AS heartbeat_at FROM (
      SELECT executor_id, heartbeat_at FROM stepstream.workers
      UNION ALL
      SELECT DISTINCT executor_id, NULL::timestamptz FROM dbos.workflow_status
      WHERE status = 'PENDING' AND executor_id <> ''
        AND application_version = $2 AND (application_name = $1 OR application_name IS NULL)
    ) known
    WHERE executor_id <> $3
    GROUP BY executor_id
  )
  SELECT executor_id AS "executorId", held.pid
  FROM workers LEFT JOIN (${HELD_LOCKS}) held ON held.key = ${lockKey('executor_id')}
  WHERE held.pid IS NULL OR heartbeat_at < clock_timestamp() - $4 * interval '1 ms'`;

/**
 * Only if all is still as it was when the worker was suspected. With the session that holds his lock all others go: he
 * may have been frozen in the middle of a transaction, and what that has locked nobody else could recover.
 */
const END_FROZEN = `
  SELECT pg_terminate_backend(session.pid)
  FROM stepstream.workers JOIN (${HELD_LOCKS}) held ON held.key = ${lockKey('executor_id')}
  JOIN pg_stat_activity session
    ON session.pid = held.pid OR (session.application_name = $4 AND session.datname = current_database())
  WHERE executor_id = $1 AND held.pid = $2 AND heartbeat_at < clock_timestamp() - $3 * interval '1 ms'`;

interface Suspect {
  readonly executorId: string;
  /** Of the session that holds his lock; null if none does. */
  readonly pid: number | null;
}

/**
 * Looks for workers that are dead (their lock is free) and gives their runs to the living; ends the session of those that
 * are frozen, so that their lock becomes free. A wrong guess is harmless: DBOS refuses what the old execution still writes.
 */
export class Reaper {
  readonly #options: ReaperOptions;
  readonly #intervalMs: number;
  readonly #frozenAfterMs: number;
  readonly #settleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lastLook = performance.now();
  #quietUntil = 0;
  #stopped = false;

  constructor(options: ReaperOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 500;
    this.#frozenAfterMs = options.frozenAfterMs ?? FROZEN_AFTER;
    this.#settleMs = options.settleMs ?? 5_000;
  }

  /** Begins to look, once DBOS is launched. */
  start(): void {
    this.#lastLook = performance.now();
    this.#next();
  }

  /** Looks no more; resolves when the last look is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #next(): void {
    if (this.#stopped) return;
    // Never in step with the others, or the same one would look every time.
    this.#timer = setTimeout(
      () => {
        this.#looking = this.#look()
          .catch((error: unknown) => this.#report(error))
          .finally(() => this.#next());
      },
      this.#intervalMs * (0.75 + Math.random() / 2),
    );
  }

  async #look(): Promise<void> {
    if (!this.#mayJudge()) return;
    const { pool, presence, application } = this.#options;
    const { rowCount } = await pool.query(TAKE_TURN, [this.#intervalMs / 2, this.#settleMs]);
    if (rowCount === 0) return;
    const { name, version } = application;
    const { rows } = await pool.query<Suspect>(SUSPECTS, [name, version, presence.executorId, this.#frozenAfterMs]);
    for (const suspect of rows) {
      if (this.#stopped) return;
      // One that can't be helped must not keep the others from it.
      await this.#help(suspect).catch((error: unknown) => this.#report(error));
    }
  }

  /** Not while our own lock is lost, nor soon after: then the server may have been away, and the others come back just now. */
  #mayJudge(): boolean {
    const settleMs = this.#settleMs;
    const now = performance.now();
    // We were frozen, or the whole machine was.
    if (now - this.#lastLook > settleMs + 2 * this.#intervalMs) this.#quietUntil = now + settleMs;
    this.#lastLook = now;
    const { heldSince, losses } = this.#options.presence;
    if (heldSince === undefined || now < this.#quietUntil) return false;
    return losses === 0 || now - heldSince >= settleMs;
  }

  async #help({ executorId, pid }: Suspect): Promise<void> {
    if (pid === null) await this.#recover(executorId);
    // His lock is free when his session has ended: the next look finds that.
    else await this.#options.pool.query(END_FROZEN, [executorId, pid, this.#frozenAfterMs, sessionName(executorId)]);
  }

  /** Holds the dead one's lock meanwhile: nobody else recovers him, and if he lives after all, he waits for it. */
  async #recover(executorId: string): Promise<void> {
    const { pool, recover, onRecovered } = this.#options;
    await inTransaction(pool, async (client) => {
      // If we freeze now, the server lets go of the lock.
      await client.query("SET LOCAL idle_in_transaction_session_timeout = '10s'");
      const { rows } = await client.query<{ mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${lockKey('$1')}) AS mine`,
        [executorId],
      );
      if (!rows[0]?.mine) return;
      const runs = await recover(executorId);
      const { rowCount } = await client.query('DELETE FROM stepstream.workers WHERE executor_id = $1', [executorId]);
      // Somebody else may have been first, since the suspects were listed.
      if (runs > 0 || rowCount !== 0) onRecovered?.(executorId, runs);
    });
  }

  #report(error: unknown): void {
    if (!isConnectionError(error)) this.#options.onError(error);
  }
}
