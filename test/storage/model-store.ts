import type {
  Claim,
  Retention,
  RunAnswers,
  RunPage,
  RunQuery,
  RunRecord,
  RunStore,
} from '../../src/ports/run-store.js';

/** A store as one would write it on paper: arrays that are read from end to end. Its cursors are numbers of runs. */
export class ModelStore implements RunStore {
  readonly #now: () => number;
  #runs: RunRecord[] = [];
  #claims: { runId: string; segment: number; answers: RunAnswers; at: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async claim(runId: string, segment: number, answers: RunAnswers): Promise<Claim> {
    const winner = this.#claims.find((claim) => claim.runId === runId && claim.segment === segment);
    if (winner) return { won: false, answers: winner.answers };
    this.#claims.push({ runId, segment, answers, at: this.#now() });
    return { won: true };
  }

  async release(runId: string, segment: number): Promise<void> {
    this.#claims = this.#claims.filter((claim) => claim.runId !== runId || claim.segment !== segment);
  }

  async save(record: RunRecord): Promise<boolean> {
    const index = this.#runs.findIndex(({ runId }) => runId === record.runId);
    if (index < 0) {
      this.#runs.push(record);
      return true;
    }
    const old = this.#runs[index];
    const late = record.segment < old.segment && record.startedAt <= old.startedAt;
    if (!late) this.#runs[index] = record;
    return !late;
  }

  async get(id: string): Promise<RunRecord | undefined> {
    return this.#runs.find(({ runId }) => runId === id);
  }

  /** Only for pages that are read without a change between them. */
  async list({ pipeline, status, before, after, limit = 50, cursor }: RunQuery = {}): Promise<RunPage> {
    const statuses = status === undefined ? undefined : [status].flat();
    const all = this.#newestFirst()
      .filter((run) => pipeline === undefined || run.pipeline === pipeline)
      .filter((run) => statuses === undefined || statuses.includes(run.status))
      .filter((run) => before === undefined || run.startedAt < before)
      .filter((run) => after === undefined || run.startedAt >= after)
      .map(({ ledger: _l, steps: _s, text: _t, outputs: _o, state: _st, ...summary }) => summary);
    const from = Number(cursor ?? 0);
    const runs = all.slice(from, from + limit);
    return from + limit < all.length ? { runs, cursor: `${from + limit}` } : { runs };
  }

  async prune({ olderThan, keep, pipeline, includeSuspended, includeRunning }: Retention): Promise<number> {
    const time = this.#now();
    const age = (run: RunRecord): number => time - (run.endedAt ?? run.startedAt);
    const old = this.#newestFirst()
      .filter((run) => includeSuspended || run.status !== 'suspended')
      .filter((run) => includeRunning || run.status !== 'running')
      .filter((run) => pipeline === undefined || run.pipeline === pipeline)
      .filter((_, index) => keep === undefined || index >= keep)
      .filter((run) => olderThan === undefined || age(run) > olderThan);
    // At once: nothing may come between.
    for (const { runId } of old) this.#drop(runId);
    if (olderThan !== undefined && pipeline === undefined) {
      const saved = this.#runs.map(({ runId }) => runId);
      this.#claims = this.#claims.filter(({ runId, at }) => saved.includes(runId) || time - at <= olderThan);
    }
    return old.length;
  }

  async delete(id: string): Promise<boolean> {
    return this.#drop(id);
  }

  async close(): Promise<void> {}

  #drop(id: string): boolean {
    const count = this.#runs.length;
    this.#runs = this.#runs.filter(({ runId }) => runId !== id);
    this.#claims = this.#claims.filter(({ runId }) => runId !== id);
    return this.#runs.length < count;
  }

  #newestFirst(): RunRecord[] {
    // The sort is stable, so of equal times the one that was saved last comes first.
    return [...this.#runs].reverse().sort((a, b) => b.startedAt - a.startedAt);
  }
}
