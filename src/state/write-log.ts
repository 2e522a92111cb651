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

/** Remembers who has last changed each path of the state, for as long as somebody works on an older version. */
export class WriteLog {
  readonly #root: Entry = {};

  /** Finds the write after version `since` that a change can't stand beside. */
  findConflict(change: Change, since: number): Write | undefined {
    const { path } = change;
    let entry = this.#root;
    for (let i = 0; i < path.length - 1; i++) {
      const child = entry.children?.get(path[i]);
      if (child === undefined) return undefined;
      if (isAfter(child.write, since)) return child.write;
      entry = child;
    }
    const here = entry.children?.get(path[path.length - 1]);
    if (here === undefined) return undefined;
    if (change.op === 'grow' || change.op === 'merge') return isAfter(here.write, since) ? here.write : undefined;
    if (isAfter(here.write, since) && !isAgreed(here.write, agreedOf(change), since)) return here.write;
    if (isAfter(here.merge, since)) return here.merge;
    return isAfter(here.below, since) ? here.below : undefined;
  }

  record(change: Change, step: string, version: number): void {
    const { path, op } = change;
    let entry = this.#root;
    const above: Entry[] = [];
    for (const key of path) {
      above.push(entry);
      entry.children ??= new Map();
      let child = entry.children.get(key);
      if (child === undefined) entry.children.set(key, (child = {}));
      entry = child;
    }
    const agreed = agreedOf(change);
    const last = entry.write;
    const differed =
      last === undefined ? 0 : last.agreed === agreed && agreed !== UNIQUE ? last.differed : last.version;
    const write: Write = { step, version, path, agreed, differed };
    if (op === 'grow' || op === 'merge') entry.merge = write;
    else entry.write = write;
    for (const parent of above) parent.below = write;
  }
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
