import type pg from 'pg';
import { RunTakenError } from '../../errors/run-taken-error.js';
import type { StoredEnd } from '../durable/stored-end.js';
import { endSuspended } from './cancel-suspended.js';
import { continueRun } from './continue-run.js';
import type { Enqueue } from './enqueue.js';
import { inTransaction } from './in-transaction.js';
import type { RunRow } from './run-row.js';
import { whileUnreachable } from './while-unreachable.js';
import { writeEnd } from './write-end.js';

/** A run that is to be. */
export interface NewRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly fingerprint: string;
  readonly state: object;
  readonly context?: unknown;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly priority?: number | undefined;
  readonly partition?: string | undefined;
}

/** What a turn begins with. */
export interface BegunTurn {
  readonly run: RunRow;
  /** Milliseconds that are left of its `timeout`. */
  readonly timeLeft: number | undefined;
}

/** The answers that a turn begins with, by step key, and when they were given. */
export interface TakenAnswers {
  readonly answers: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch; now if there are none. */
  readonly answeredAt: number;
}

/** The channel on which it is said that a run is to be cancelled: its id. */
export const CANCEL_CHANNEL = 'stepstream_cancel';

/** What the processes of an engine know of each other's runs. */
export class RunDesk {
  readonly #pool: pg.Pool;
  readonly #onError: (error: unknown) => void;

  /** `onError` is told of a database that can't be reached; what has to be written is tried again. */
  constructor(pool: pg.Pool, onError: (error: unknown) => void = () => undefined) {
    this.#pool = pool;
    this.#onError = onError;
  }

  /** Keeps a run and has its first turn executed; one that there is already is left as it is, and returned. */
  create(run: NewRun, enqueue: Enqueue): Promise<{ readonly row: RunRow; readonly isNew: boolean }> {
    const { runId, pipeline, fingerprint, state, context, timeout, priority, partition } = run;
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<RunRow>(
        `INSERT INTO stepstream.runs (run_id, pipeline, fingerprint, state, context, timeout_ms, priority, partition)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (run_id) DO NOTHING RETURNING *`,
        [runId, pipeline, fingerprint, JSON.stringify(state), toJson(context), timeout, priority, partition],
      );
      const [row] = rows;
      if (row === undefined) return { row: (await rowOf(client, runId))!, isNew: false };
      await enqueue(client, row, fingerprint);
      return { row, isNew: true };
    });
  }

  get(runId: string): Promise<RunRow | undefined> {
    return rowOf(this.#pool, runId);
  }

  /** Says that a turn is executed; `seq` is that of the last event before it. Undefined if it is no longer its turn. */
  begin(runId: string, turn: number, seq: number): Promise<BegunTurn | undefined> {
    return whileUnreachable(async () => {
      const { rows } = await this.#pool.query<RunRow & { readonly passed: string }>(
        // An execution that died may have kept the end: then that is how it has ended.
        `UPDATE stepstream.runs SET status = CASE status WHEN 'queued' THEN 'running' ELSE status END,
          from_seq = coalesce(from_seq, $3),
          turn_started_at = coalesce(turn_started_at, clock_timestamp())
        WHERE run_id = $1 AND turn = $2
        RETURNING *, extract(epoch FROM clock_timestamp() - turn_started_at) * 1000 AS passed`,
        [runId, turn, seq],
      );
      const [row] = rows;
      if (row === undefined) return undefined;
      const { passed, ...run } = row;
      const timeLeft = run.timeout_ms === null ? undefined : Math.max(1, Number(run.timeout_ms) - Number(passed));
      return { run, timeLeft };
    }, this.#onError);
  }

  /** The answers that a turn begins with: those that no earlier one has taken. The same if it is asked again. */
  takeAnswers(runId: string, turn: number): Promise<TakenAnswers> {
    return whileUnreachable(async () => {
      const { rows } = await this.#pool.query<{ key: string; answer: string; given_at: Date }>(
        `UPDATE stepstream.answers SET turn = $2 WHERE run_id = $1 AND (turn IS NULL OR turn = $2)
        RETURNING key, answer, given_at`,
        [runId, turn],
      );
      return {
        answers: Object.fromEntries(rows.map(({ key, answer }) => [key, (JSON.parse(answer) as [unknown])[0]])),
        // One that came in time counts, however late a worker comes.
        answeredAt: rows.length > 0 ? Math.max(...rows.map((row) => row.given_at.getTime())) : Date.now(),
      };
    }, this.#onError);
  }

  /** How a turn has ended, if it has. */
  async endOf(runId: string, turn: number): Promise<StoredEnd | undefined> {
    const { rows } = await this.#pool.query<{ stored: string }>(
      'SELECT stored FROM stepstream.ends WHERE run_id = $1 AND turn = $2',
      [runId, turn],
    );
    return rows[0] && (JSON.parse(rows[0].stored) as StoredEnd);
  }

  /** The end of the turn at which a suspended run waits. */
  async checkpointOf(runId: string): Promise<StoredEnd | undefined> {
    const run = await this.get(runId);
    return run?.status === 'suspended' ? this.endOf(runId, run.checkpoint_turn!) : undefined;
  }

  /**
   * Keeps how a turn has ended; a run that waits for what is answered already goes on, and one that was cancelled meanwhile
   * ends. Rejects with a `RunTakenError` if a later epoch has the run.
   */
  keepEnd(runId: string, turn: number, epoch: number, end: StoredEnd, enqueue: Enqueue): Promise<void> {
    const keep = (): Promise<void> =>
      inTransaction(this.#pool, async (client) => {
        const { rowCount } = await client.query(
          'SELECT FROM stepstream.epochs WHERE run_id = $1 AND epoch = $2 FOR SHARE',
          [runId, epoch],
        );
        if (rowCount === 0) throw new RunTakenError(runId);
        // Kept before by an execution that died then: the run may have gone on.
        const { rowCount: kept } = await client.query('SELECT FROM stepstream.ends WHERE run_id = $1 AND turn = $2', [
          runId,
          turn,
        ]);
        if (kept === 0) await writeEnd(client, runId, turn, end);
        await goOnIfAsked(client, runId, turn, enqueue);
      });
    return whileUnreachable(keep, this.#onError);
  }

  /** The time of a suspension is over: the run goes on without an answer, unless it has gone on. */
  expire(runId: string, turn: number, enqueue: Enqueue): Promise<void> {
    const expire = (): Promise<void> =>
      inTransaction(this.#pool, async (client) => {
        const run =
          (await lockedAt(client, runId, 'checkpoint_turn', turn)) ?? (await lockedAt(client, runId, 'turn', turn));
        if (run !== undefined) await continueRun(client, run, enqueue);
      });
    return whileUnreachable(expire, this.#onError);
  }

  /** Keeps the end of a turn that nobody could keep who has executed it; `toEnd` gets the number of its event. */
  keepSilentEnd(runId: string, turn: number, toEnd: (seq: number) => StoredEnd): Promise<StoredEnd> {
    return inTransaction(this.#pool, async (client) => {
      // Whoever still executes it waits here, and then finds this end.
      await client.query('SELECT FROM stepstream.epochs WHERE run_id = $1 FOR UPDATE', [runId]);
      const { rows } = await client.query<{ stored: string | null; seq: string }>(
        `SELECT (SELECT stored FROM stepstream.ends WHERE run_id = $1 AND turn = $2),
          1 + greatest((SELECT max(last_seq) FROM stepstream.events WHERE run_id = $1),
            (SELECT lost_up_to FROM stepstream.epochs WHERE run_id = $1), 0) AS seq`,
        [runId, turn],
      );
      const [{ stored, seq }] = rows;
      if (stored !== null) return JSON.parse(stored) as StoredEnd;
      const end = toEnd(Number(seq));
      await writeEnd(client, runId, turn, end);
      return end;
    });
  }

  /**
   * Asks for the end of a run that has not ended, if it is still in this turn where one is given; resolves to the run as it
   * is then, if there is one.
   */
  async askCancel(runId: string, reason: string, turn?: number): Promise<RunRow | undefined> {
    const { rows } = await this.#pool.query<RunRow>(
      `WITH asked AS (
        UPDATE stepstream.runs SET cancel_reason = coalesce(cancel_reason, $2)
        WHERE run_id = $1 AND status IN ('queued', 'running') AND turn = coalesce($4::int, turn) RETURNING *
      ), told AS (SELECT pg_notify($3, $1) FROM asked)
      SELECT asked.* FROM asked, told`,
      [runId, reason, CANCEL_CHANNEL, turn],
    );
    return rows[0] ?? this.get(runId);
  }

  /** Which of these runs are to be cancelled, with the reasons that were given. */
  async askedToCancel(runIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const ask = (): Promise<pg.QueryResult<{ run_id: string; cancel_reason: string }>> =>
      this.#pool.query(
        'SELECT run_id, cancel_reason FROM stepstream.runs WHERE run_id = ANY($1) AND cancel_reason IS NOT NULL',
        [runIds],
      );
    const { rows } = await whileUnreachable(ask, this.#onError);
    return new Map(rows.map(({ run_id, cancel_reason }) => [run_id, cancel_reason]));
  }
}

/** The row of a run. */
export async function rowOf(client: pg.Pool | pg.ClientBase, runId: string): Promise<RunRow | undefined> {
  const { rows } = await client.query<RunRow>('SELECT * FROM stepstream.runs WHERE run_id = $1', [runId]);
  return rows[0];
}

/** The run, locked, if it is suspended and this turn was its last, or that of its checkpoint. */
async function lockedAt(
  client: pg.ClientBase,
  runId: string,
  column: 'turn' | 'checkpoint_turn',
  turn: number,
): Promise<RunRow | undefined> {
  const { rows } = await client.query<RunRow>(
    `SELECT * FROM stepstream.runs WHERE run_id = $1 AND ${column} = $2 AND status = 'suspended' FOR UPDATE`,
    [runId, turn],
  );
  return rows[0];
}

/** An answer may have come while the turn was under way, or somebody may have asked for its end. */
async function goOnIfAsked(client: pg.ClientBase, runId: string, turn: number, enqueue: Enqueue): Promise<void> {
  const run = await lockedAt(client, runId, 'turn', turn);
  if (run === undefined) return;
  if (run.cancel_reason !== null) return endSuspended(client, run, run.cancel_reason);
  const { rowCount } = await client.query(
    'SELECT FROM stepstream.answers WHERE run_id = $1 AND turn IS NULL AND key = ANY($2)',
    [runId, run.asks],
  );
  if (rowCount !== 0) await continueRun(client, run, enqueue);
}

const toJson = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));
