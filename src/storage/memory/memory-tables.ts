import type {
  CheckedQuery,
  CheckedRetention,
  ClaimRow,
  ListedRow,
  Position,
  RunRow,
  RunTables,
} from '../run-tables.js';

/** A row with the place that it got when its run was first saved. */
type PlacedRow = RunRow & { readonly seq: number };

/** Tables that live as long as their object. */
export class MemoryTables implements RunTables {
  readonly where = 'The memory';
  readonly #runs = new Map<string, PlacedRow>();
  readonly #claims = new Map<string, Map<number, ClaimRow>>();
  #seq = 0;

  claim(claim: ClaimRow): string | undefined {
    const segments = this.#claims.get(claim.runId) ?? new Map<number, ClaimRow>();
    const winner = segments.get(claim.segment);
    if (winner) return winner.answers;
    this.#claims.set(claim.runId, segments.set(claim.segment, claim));
    return undefined;
  }

  release(runId: string, segment: number): void {
    const segments = this.#claims.get(runId);
    segments?.delete(segment);
    if (segments?.size === 0) this.#claims.delete(runId);
  }

  save(row: RunRow): boolean {
    const old = this.#runs.get(row.runId);
    if (old && row.segment < old.segment && row.startedAt <= old.startedAt) return false;
    this.#runs.set(row.runId, { ...row, seq: old?.seq ?? ++this.#seq });
    return true;
  }

  get(runId: string): RunRow | undefined {
    return this.#runs.get(runId);
  }

  list({ pipeline, statuses, before, after, limit, from }: CheckedQuery): ListedRow[] {
    return this.#newestFirst((row) => {
      if (pipeline !== undefined && row.pipeline !== pipeline) return false;
      if (statuses !== undefined && !statuses.includes(row.status)) return false;
      if (before !== undefined && row.startedAt >= before) return false;
      if (after !== undefined && row.startedAt < after) return false;
      return from === undefined || compare(from, row) < 0;
    }).slice(0, limit);
  }

  prune({ pipeline, spared, endedBefore, keep }: CheckedRetention): number {
    const deletable = this.#newestFirst(
      (row) => !spared.includes(row.status) && (pipeline === undefined || row.pipeline === pipeline),
    );
    const old = deletable
      .slice(keep)
      .filter((row) => endedBefore === undefined || (row.endedAt ?? row.startedAt) < endedBefore);
    for (const { runId } of old) this.delete(runId);
    if (endedBefore !== undefined && pipeline === undefined) this.#pruneClaims(endedBefore);
    return old.length;
  }

  delete(runId: string): boolean {
    this.#claims.delete(runId);
    return this.#runs.delete(runId);
  }

  close(): void {
    this.#runs.clear();
    this.#claims.clear();
  }

  /** Old claims of runs that were never saved. */
  #pruneClaims(before: number): void {
    for (const [runId, segments] of this.#claims) {
      if (this.#runs.has(runId)) continue;
      for (const [segment, { at }] of segments) if (at < before) this.release(runId, segment);
    }
  }

  #newestFirst(filter: (row: PlacedRow) => boolean): PlacedRow[] {
    return [...this.#runs.values()].filter(filter).sort(compare);
  }
}

/** Newest first; of two that started in one millisecond the one that was saved last. */
const compare = (a: Position, b: Position): number => b.startedAt - a.startedAt || b.seq - a.seq;
