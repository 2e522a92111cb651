import type {
  CheckedQuery,
  CheckedRetention,
  ClaimRow,
  ListedRow,
  RunRow,
  RunTables,
  StoredRow,
} from '../run-tables.js';
import type { Database, SqlValue, Statement } from './database.js';
import { toKey } from './to-key.js';
import { transact } from './transact.js';

const NEWEST_FIRST = 'ORDER BY started_at DESC, seq DESC';

const SAVE = `
  INSERT INTO stepstream_runs (run_id, pipeline, status, segment, started_at, ended_at, head, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run_id) DO UPDATE SET
    pipeline = excluded.pipeline, status = excluded.status, segment = excluded.segment,
    started_at = excluded.started_at, ended_at = excluded.ended_at, head = excluded.head, body = excluded.body
  WHERE excluded.segment >= segment OR excluded.started_at > started_at`;

const CLAIM = `
  INSERT INTO stepstream_claims (run_id, segment, answers, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (run_id, segment) DO NOTHING`;

/** Tables in an SQLite file, which any number of processes may have open. */
export class SqliteTables implements RunTables {
  readonly where: string;
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database, where: string) {
    this.#database = database;
    this.where = where;
  }

  claim({ runId, segment, answers, at }: ClaimRow): string | undefined {
    const key = toKey(runId);
    // In one transaction, so that the winner can't give the segment back between the two.
    return transact(this.#database, () => {
      if (this.#change(CLAIM, key, segment, answers, at) > 0) return undefined;
      const sql = 'SELECT answers FROM stepstream_claims WHERE run_id = ? AND segment = ?';
      return this.#rows<ClaimRow>(sql, key, segment)[0].answers;
    });
  }

  release(runId: string, segment: number): void {
    this.#change('DELETE FROM stepstream_claims WHERE run_id = ? AND segment = ?', toKey(runId), segment);
  }

  save({ runId, pipeline, status, segment, startedAt, endedAt = null, head, body }: SavedRow): boolean {
    const keys = [toKey(runId), toKey(pipeline)];
    return this.#change(SAVE, ...keys, status, segment, startedAt, endedAt, head, body) > 0;
  }

  get(runId: string): StoredRow | undefined {
    return this.#rows<StoredRow>('SELECT head, body FROM stepstream_runs WHERE run_id = ?', toKey(runId))[0];
  }

  list({ pipeline, statuses, before, after, limit, from }: CheckedQuery): ListedRow[] {
    const where = new Conditions();
    if (pipeline !== undefined) where.add('pipeline = ?', toKey(pipeline));
    if (statuses !== undefined) where.add(`status IN (${marks(statuses)})`, ...statuses);
    if (before !== undefined) where.add('started_at < ?', before);
    if (after !== undefined) where.add('started_at >= ?', after);
    if (from !== undefined) where.add('(started_at, seq) < (?, ?)', from.startedAt, from.seq);
    const sql = `SELECT run_id AS runId, head, started_at AS startedAt, seq FROM stepstream_runs ${where.sql} ${NEWEST_FIRST} LIMIT ?`;
    return this.#rows<ListedRow>(sql, ...where.values, limit);
  }

  prune({ pipeline, spared, endedBefore, keep }: CheckedRetention): number {
    const deletable = new Conditions();
    if (spared.length > 0) deletable.add(`status NOT IN (${marks(spared)})`, ...spared);
    if (pipeline !== undefined) deletable.add('pipeline = ?', toKey(pipeline));
    const old = new Conditions();
    const rows = `SELECT seq FROM stepstream_runs ${deletable.sql} ${NEWEST_FIRST} LIMIT -1 OFFSET ?`;
    old.add(`seq IN (${rows})`, ...deletable.values, keep);
    if (endedBefore !== undefined) old.add('coalesce(ended_at, started_at) < ?', endedBefore);
    return transact(this.#database, () => {
      const ids = `SELECT run_id FROM stepstream_runs ${old.sql}`;
      this.#change(`DELETE FROM stepstream_claims WHERE run_id IN (${ids})`, ...old.values);
      const count = this.#change(`DELETE FROM stepstream_runs ${old.sql}`, ...old.values);
      if (endedBefore !== undefined && pipeline === undefined) this.#pruneClaims(endedBefore);
      return count;
    });
  }

  delete(runId: string): boolean {
    const key = toKey(runId);
    return transact(this.#database, () => {
      this.#change('DELETE FROM stepstream_claims WHERE run_id = ?', key);
      return this.#change('DELETE FROM stepstream_runs WHERE run_id = ?', key) > 0;
    });
  }

  close(): void {
    this.#statements.clear();
    try {
      // libsql leaves that undone: what was deleted would stay readable in the log. It waits for nobody who is busy.
      this.#database.exec('PRAGMA busy_timeout = 0');
      this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } finally {
      this.#database.close();
    }
  }

  /** Old claims of runs that were never saved. */
  #pruneClaims(before: number): void {
    const saved = 'SELECT run_id FROM stepstream_runs';
    this.#change(`DELETE FROM stepstream_claims WHERE at < ? AND run_id NOT IN (${saved})`, before);
  }

  #change(sql: string, ...values: SqlValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #rows<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** There are as many statements as there are combinations of conditions: few. */
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A row whose missing end is SQL's `null`. */
type SavedRow = Omit<RunRow, 'endedAt'> & { readonly endedAt?: number | null };

/** Conditions that all hold, with the values of their marks. */
class Conditions {
  readonly values: SqlValue[] = [];
  readonly #conditions: string[] = [];

  add(condition: string, ...values: SqlValue[]): void {
    this.#conditions.push(condition);
    this.values.push(...values);
  }

  get sql(): string {
    return this.#conditions.length > 0 ? `WHERE ${this.#conditions.join(' AND ')}` : '';
  }
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
