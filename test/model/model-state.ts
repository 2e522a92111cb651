import { apply, changesBetween, clash, copyOf, meets, perform, type ModelChange } from './model-changes.js';
import type { ModelGraph, ModelMerge, ModelState, Write } from './model-graph.js';

interface Commit {
  readonly step: string;
  readonly changes: readonly ModelChange[];
}

/** The state as a list of all its versions: version `n` is what the first `n` commits have made. */
export class ModelVersions {
  readonly #versions: ModelState[];
  readonly #commits: Commit[] = [];
  readonly #merge: Readonly<Record<string, ModelMerge>>;

  constructor({ state, merge }: ModelGraph) {
    this.#versions = [copyOf(state)];
    this.#merge = merge;
  }

  /** The number of the last committed version. */
  get last(): number {
    return this.#versions.length - 1;
  }

  /** A copy that nobody else has. */
  copy(version: number): ModelState {
    return copyOf(this.#versions[version]);
  }

  /** Commits what a body that saw `base` has written; or tells with whom it is in conflict, and commits nothing. */
  commit(step: string, base: number, writes: readonly Write[]): readonly string[] {
    const before = this.copy(base);
    const after = perform(writes, this.copy(base));
    const changes = changesBetween(before, after, []);
    const plain = changes.filter(({ path }) => !(path[0] in this.#merge));
    const since = this.#commits.slice(base);
    const others = plain.flatMap((change) => lastInConflict(change, since));
    if (others.length > 0) return [...new Set(others)];
    const next = apply(plain, this.copy(this.last));
    for (const field of new Set(changes.map(({ path }) => path[0]))) {
      const how = this.#merge[field];
      if (how) next[field] = merged(how, before[field], next[field], after[field]);
    }
    this.#versions.push(next);
    this.#commits.push({ step, changes: plain });
    return [];
  }
}

/** A.4: where a change can't be kept, the step that last committed its path; none if all get along. */
function lastInConflict(change: ModelChange, since: readonly Commit[]): string[] {
  const changed = (how: typeof clash) => since.filter((commit) => commit.changes.some((other) => how(change, other)));
  return changed(clash).length > 0
    ? changed(meets)
        .slice(-1)
        .map(({ step }) => step)
    : [];
}

function merged(how: ModelMerge, base: unknown, committed: unknown, mine: unknown): unknown {
  if (how === 'sum') return (committed as number) + (mine as number) - (base as number);
  if (how === 'concat') return (committed as string) + (mine as string).slice((base as string).length);
  return [...(committed as unknown[]), ...(mine as unknown[]).slice((base as unknown[]).length)];
}
