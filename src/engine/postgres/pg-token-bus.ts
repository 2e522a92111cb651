import pg from 'pg';
import type { BusReader, BusReading, BusWriter, TokenBus } from '../../ports/token-bus.js';
import { throwLater } from '../durable/throw-later.js';
import { FollowedRuns } from './followed-runs.js';
import { isConnectionError } from './is-connection-error.js';
import { openPool } from './open-pool.js';
import { PgBusWriter } from './pg-bus-writer.js';
import { PgFlusher } from './pg-flusher.js';
import { PgListener } from './pg-listener.js';
import { pruneEvents } from './prune-events.js';
import { createSchema } from './schema.js';
import { takeRun } from './take-run.js';
import { whileUnreachable } from './while-unreachable.js';

/** Options of a `PgTokenBus`; it needs `pool` or `databaseUrl`. */
export interface PgTokenBusOptions {
  /** The caller's connections: the bus does not end them. */
  readonly pool?: pg.Pool;
  /** For connections of its own. */
  readonly databaseUrl?: string;
  /** How many milliseconds an event waits for others to be stored together with; 15. */
  readonly flushEvery?: number;
  /** Says whether who takes a run may have it; asked in the transaction that takes it, while no other can. */
  readonly owns?: (client: pg.PoolClient, runId: string) => Promise<boolean>;
  /** Is told each error that nobody else is; by default those of connections are not told, as they are made again. */
  readonly onError?: (error: unknown) => void;
}

const FLUSH_EVERY = 15;
/** So often it is looked after what nobody has told: at a loss of messages, and of runs and events of writers that are silent. */
const POLL_EVERY = 5_000;
const CONNECT_WITHIN = 10_000;

/** Carries events through PostgreSQL: one writing statement for all runs of the process, one connection that listens. */
export class PgTokenBus implements TokenBus {
  /** The connection on which this process listens: also for others, on channels of their own. */
  readonly listener: PgListener;
  readonly #pool: pg.Pool;
  readonly #ownPool: boolean;
  readonly #owns: (client: pg.PoolClient, runId: string) => Promise<boolean>;
  readonly #onError: (error: unknown) => void;
  readonly #flusher: PgFlusher;
  readonly #readings: FollowedRuns;
  #ready: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #polling = false;
  #closed: Promise<void> | undefined;

  constructor(options: PgTokenBusOptions) {
    this.#onError = options.onError ?? ((error) => isConnectionError(error) || throwLater(error));
    this.#owns = options.owns ?? (() => Promise.resolve(true));
    this.#ownPool = options.pool === undefined;
    const pool = options.pool ?? ownPool(options.databaseUrl);
    this.#pool = pool;
    // A pool whose idle connections break ends the process, unless somebody listens.
    pool.on('error', this.#onError);
    const onError = this.#onError;
    this.listener = new PgListener({ connect: () => new pg.Client(settingsOf(pool)), onError });
    this.#flusher = new PgFlusher({ pool, flushEvery: options.flushEvery ?? FLUSH_EVERY, onError });
    this.#readings = new FollowedRuns({ pool, listener: this.listener, ready: () => this.#prepare(), onError });
  }

  async take(runId: string): Promise<BusWriter> {
    this.#assertOpen();
    const run = await whileUnreachable(async () => {
      await this.#prepare();
      return takeRun(this.#pool, runId, this.#owns);
    }, this.#onError);
    const writer = new PgBusWriter(run, run.reserved, this.#flusher);
    this.#flusher.add(writer);
    this.#pollLater();
    return writer;
  }

  read(runId: string, after: number, reader: BusReader): BusReading {
    this.#assertOpen();
    this.#pollLater();
    return this.#readings.follow(runId, after, reader);
  }

  prune(olderThan: number): Promise<number> {
    return whileUnreachable(async () => {
      await this.#prepare();
      return pruneEvents(this.#pool, olderThan);
    }, this.#onError);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#readings.close();
    try {
      await this.#flusher.close();
    } finally {
      await this.listener.close();
      if (this.#ownPool) await this.#pool.end();
      this.#pool.off('error', this.#onError);
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new Error('The token bus is closed.');
  }

  #prepare(): Promise<void> {
    return (this.#ready ??= createSchema(this.#pool).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }

  #pollLater(): void {
    this.#timer ??= setInterval(() => void this.#poll(), POLL_EVERY);
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      await this.#prepare();
      await this.#readings.poll();
      this.#flusher.doubt();
    } catch (error) {
      if (this.#closed === undefined) this.#onError(error);
    } finally {
      this.#polling = false;
    }
  }
}

function ownPool(databaseUrl: string | undefined): pg.Pool {
  if (databaseUrl === undefined) throw new TypeError('A PgTokenBus needs `pool` or `databaseUrl`.');
  const limits = { connectionTimeoutMillis: CONNECT_WITHIN, query_timeout: 30_000, max: 4 };
  return openPool(databaseUrl, { application_name: 'stepstream', keepAlive: true, ...limits });
}

/** A pool keeps its password where it can't be seen. */
function settingsOf({ options }: pg.Pool): pg.ClientConfig {
  const { password, connectionTimeoutMillis = CONNECT_WITHIN } = options;
  return { ...options, password, connectionTimeoutMillis, keepAlive: true };
}
