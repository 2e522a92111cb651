import type { Claim, Retention, RunAnswers, RunPage, RunQuery, RunRecord, RunStore } from '../ports/run-store.js';
import { StepstreamError } from '../errors/stepstream-error.js';
import { checkId, checkQuery, checkRetention, checkSegment, toCursor } from './check-query.js';
import { failureOf } from './failure-of.js';
import { fromAnswers, toRecord, toSummary } from './from-row.js';
import type { RunTables } from './run-tables.js';
import { invalidStoreCall } from './store-error.js';
import type { CheckedOptions } from './store-options.js';
import { toAnswers, toRow } from './to-row.js';

/** Makes a store of tables: what goes in and comes out is checked and copied here, and errors get a remedy. */
export const createStore = (tables: RunTables, options: CheckedOptions): RunStore & AsyncDisposable =>
  new TableStore(tables, options);

/** The methods are async, but each does its work in the turn in which it is called: calls take effect in their order. */
class TableStore implements RunStore, AsyncDisposable {
  readonly #tables: RunTables;
  readonly #options: CheckedOptions;
  #closed = false;

  constructor(tables: RunTables, options: CheckedOptions) {
    this.#tables = tables;
    this.#options = options;
  }

  async claim(runId: string, segment: number, answers: RunAnswers): Promise<Claim> {
    const json = toAnswers(answers, this.#options);
    const claim = { runId: checkId(runId), segment: checkSegment(segment), answers: json, at: this.#options.now() };
    const winner = this.#use((tables) => tables.claim(claim));
    return winner === undefined ? { won: true } : { won: false, answers: fromAnswers(winner, runId) };
  }

  async release(runId: string, segment: number): Promise<void> {
    this.#use((tables) => tables.release(checkId(runId), checkSegment(segment)));
  }

  async save(record: RunRecord): Promise<boolean> {
    const row = toRow(record, this.#options);
    return this.#use((tables) => tables.save(row));
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const row = this.#use((tables) => tables.get(checkId(runId)));
    return row && toRecord(row, runId);
  }

  async list(query: RunQuery = {}): Promise<RunPage> {
    const checked = checkQuery(query);
    const { limit } = checked;
    // One row more tells whether there is another page.
    const rows = this.#use((tables) => tables.list({ ...checked, limit: limit + 1 }));
    const runs = rows.slice(0, limit).map(toSummary);
    return rows.length > limit ? { runs, cursor: toCursor(rows[limit - 1]) } : { runs };
  }

  async prune(retention: Retention): Promise<number> {
    const checked = checkRetention(retention, this.#options.now);
    return this.#use((tables) => tables.prune(checked));
  }

  async delete(runId: string): Promise<boolean> {
    return this.#use((tables) => tables.delete(checkId(runId)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#guard((tables) => tables.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #use<T>(work: (tables: RunTables) => T): T {
    if (this.#closed) throw invalidStoreCall('The store was closed.', 'Close it when the last run has ended.');
    return this.#guard(work);
  }

  #guard<T>(work: (tables: RunTables) => T): T {
    try {
      return work(this.#tables);
    } catch (error) {
      if (StepstreamError.is(error)) throw error;
      throw failureOf(this.#tables.where, error);
    }
  }
}
