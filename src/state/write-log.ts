import type { Change } from './change.js';

/** One committed change, as a later commit is compared with it. */
export interface Write {
  readonly step: string;
  readonly version: number;
  readonly path: readonly string[];
  /** What others may have done too without a conflict: the boolean or `null` that was set, or DELETED. */
  readonly agreed: unknown;
  /** The version of the last write here that did something else. */
  readonly differed: number;
}

interface Entry {
  /** The last set or delete at this path. */
  write?: Write;
  /** The last growth, sum or merged value: such changes never conflict with one another. */
  merge?: Write;
  /** The last change of whichever kind below this path. */
  below?: Write;
  children?: Map<string, Entry>;
}

const DELETED = Symbol('deleted');
const UNIQUE = Symbol('unique');

/** One path of a log as a checkpoint holds it. */
export interface WriteRow {
  readonly path: readonly string[];
  readonly step: string;
  readonly version: number;
  readonly differed: number;
  /** `merge` for what only adds, else what was set: nothing others may have done too, a deletion, or this value. */
  readonly how: 'merge' | 'unique' | 'deleted' | { readonly value: boolean | null };
}

/** Remembers who has last changed each path of the state, for as long as somebody works on an older version. */
export class WriteLog {
  readonly #root: Entry = {};

  /** The log that `rows` were made of. */
  static from(rows: readonly WriteRow[]): WriteLog {
    const log = new WriteLog();
    for (const row of [...rows].sort((a, b) => a.version - b.version)) log.#put(fromRow(row), row.how === 'merge');
    return log;
  }

  get rows(): readonly WriteRow[] {
    const rows: WriteRow[] = [];
    const entries = [this.#root];
    for (const { write, merge, children } of entries) {
      if (write !== undefined) rows.push(toRow(write, false));
      if (merge !== undefined) rows.push(toRow(merge, true));
      // One by one: there may be more than a call takes arguments.
      for (const child of children?.values() ?? []) entries.push(child);
    }
    return rows;
  }

  /**
   * Finds out whether a change can't stand beside what was written after version `since`; then returns the last write
   * that overlaps its path (A.4), which may be one that agrees with it.
   */
  findConflict(change: Change, since: number): Write | undefined {
    const { path } = change;
    const overlapping: Write[] = [];
    let agreed: Write | undefined;
    let entry: Entry | undefined = this.#root;
    for (let i = 0; i < path.length; i++) {
      entry = entry.children?.get(path[i]);
      if (entry === undefined) break;
      if (isAfter(entry.write, since)) overlapping.push(entry.write);
    }
    if (entry !== undefined) {
      if (isAfter(entry.write, since) && isAgreed(entry.write, agreedOf(change), since)) agreed = entry.write;
      // What only adds stands beside whatever else was added, and changed below.
      const adds = change.op === 'grow' || change.op === 'merge';
      if (!adds && isAfter(entry.merge, since)) overlapping.push(entry.merge);
      if (!adds && isAfter(entry.below, since)) overlapping.push(entry.below);
    }
    if (overlapping.every((write) => write === agreed)) return undefined;
    return overlapping.reduce((last, write) => (write.version > last.version ? write : last));
  }

  record(change: Change, step: string, version: number): void {
    const { path, op } = change;
    const agreed = agreedOf(change);
    const last = this.#enter(path).at(-1)!.write;
    const differed =
      last === undefined ? 0 : last.agreed === agreed && agreed !== UNIQUE ? last.differed : last.version;
    this.#put({ step, version, path, agreed, differed }, op === 'grow' || op === 'merge');
  }

  #put(write: Write, adds: boolean): void {
    const above = this.#enter(write.path);
    const entry = above.pop()!;
    if (adds) entry.merge = write;
    else entry.write = write;
    for (const parent of above) parent.below = write;
  }

  /** The entries along a path, the root first. */
  #enter(path: readonly string[]): Entry[] {
    let entry = this.#root;
    const along = [entry];
    for (const key of path) {
      entry.children ??= new Map();
      let child = entry.children.get(key);
      if (child === undefined) entry.children.set(key, (child = {}));
      along.push((entry = child));
    }
    return along;
  }
}

const toRow = ({ path, step, version, differed, agreed }: Write, adds: boolean): WriteRow => {
  const how = adds
    ? 'merge'
    : agreed === UNIQUE
      ? 'unique'
      : agreed === DELETED
        ? 'deleted'
        : { value: agreed as boolean | null };
  return { path, step, version, differed, how };
};

function fromRow({ path, step, version, differed, how }: WriteRow): Write {
  const agreed = typeof how === 'object' ? how.value : how === 'deleted' ? DELETED : UNIQUE;
  return { path, step, version, differed, agreed };
}

function isAfter(write: Write | undefined, since: number): write is Write {
  return write !== undefined && write.version > since;
}

function isAgreed(write: Write, agreed: unknown, since: number): boolean {
  return agreed !== UNIQUE && write.agreed === agreed && write.differed <= since;
}

function agreedOf(change: Change): unknown {
  if (change.op === 'delete') return DELETED;
  if (change.op === 'set' && (typeof change.value === 'boolean' || change.value === null)) return change.value;
  return UNIQUE;
}
