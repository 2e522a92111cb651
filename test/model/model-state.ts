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

  constructor({ merge }: ModelGraph, state: ModelState) {
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

  /**
   * Commits what bodies that all saw `base` have written: that of one body, or of the items of an each in order (A.5).
   * Or tells with whom they are in conflict, and commits nothing.
   */
  commit(step: string, base: number, bodies: readonly (readonly Write[])[]): readonly string[] {
    const before = this.copy(base);
    const all = bodies.map((writes) => this.#changes(base, writes));
    const plain = all.flat().filter((change) => this.#isPlain(change));
    const since = this.#commits.slice(base);
    const others = plain.flatMap((change) => lastInConflict(change, since));
    if (others.length > 0) return [...new Set(others)];
    let next: Record<string, unknown> = this.copy(this.last);
    all.forEach((changes, i) => {
      next = apply(
        changes.filter((change) => this.#isPlain(change)),
        next,
      );
      const after = perform(bodies[i], this.copy(base));
      for (const field of new Set(changes.map(({ path }) => path[0]))) {
        const how = this.#merge[field];
        if (how) next[field] = merged(how, before[field], next[field], after[field]);
      }
    });
    this.#versions.push(next);
    this.#commits.push({ step, changes: plain });
    return [];
  }

  /** A.5: whether two items of an each can't both be kept. */
  conflict(base: number, one: readonly Write[], two: readonly Write[]): boolean {
    const others = this.#changes(base, two).filter((change) => this.#isPlain(change));
    return this.#changes(base, one).some(
      (change) => this.#isPlain(change) && others.some((other) => clash(change, other)),
    );
  }

  #changes(base: number, writes: readonly Write[]): ModelChange[] {
    return changesBetween(this.copy(base), perform(writes, this.copy(base)), []);
  }

  #isPlain({ path }: ModelChange): boolean {
    return !(path[0] in this.#merge);
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
