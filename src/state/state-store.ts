import { StateConflictError } from '../errors/state-conflict-error.js';
import type { Merge } from '../scanner/pipeline-options.js';
import type { Change } from './change.js';
import { copyPlain, setField } from './plain.js';
import { WriteLog, type WriteRow } from './write-log.js';

type Fields = Record<string, unknown>;

/**
 * The committed state of one run. A version is never changed once `publish` has been called, so it is read without a
 * copy; between two calls, commits write into what they have made themselves: `current` is then good for reading at
 * once, not for keeping.
 */
export class StateStore {
  readonly #merge: Readonly<Record<string, Merge>>;
  #current: object;
  #version = 0;
  #log: WriteLog | undefined;
  /** What was made since `publish`: nobody else holds it, so that a thousand growths of one array cost one copy. */
  #fresh: Set<object> | undefined;

  /** `initial` is plain data that nobody else holds. */
  constructor(initial: object, merge: Readonly<Record<string, Merge>>) {
    this.#current = initial;
    this.#merge = merge;
  }

  /** The store of a run that was suspended at this version. */
  static restore(
    current: object,
    merge: Readonly<Record<string, Merge>>,
    version: number,
    rows: readonly WriteRow[],
  ): StateStore {
    const store = new StateStore(current, merge);
    store.#version = version;
    if (rows.length > 0) store.#log = WriteLog.from(rows);
    return store;
  }

  /** Who has changed what, for as long as somebody works on an older version. */
  get rows(): readonly WriteRow[] {
    return this.#log?.rows ?? [];
  }

  get current(): object {
    return this.#current;
  }

  /** The number of commits that have changed something. */
  get version(): number {
    return this.#version;
  }

  /**
   * Merges what an activation has changed since `baseVersion`, which was `base`; `others` tells whether further
   * activations are alive. Throws StateConflictError, or what a merge function throws, and has then changed nothing.
   */
  commit(step: string, base: object, baseVersion: number, changes: readonly Change[], others: boolean): void {
    if (changes.length === 0) return;
    const log = this.#log;
    if (log !== undefined && baseVersion !== this.#version) refuseConflicts(log, step, baseVersion, changes);
    const merged = this.#callMerges(base, changes);
    this.#version += 1;
    const shared = others || changes.length > 1 || this.#fresh !== undefined;
    if (shared) this.#fresh ??= new Set();
    for (let i = 0; i < changes.length; i++) this.#apply(changes[i], merged?.[i]);
    if (!others) return;
    this.#log ??= new WriteLog();
    for (const change of changes) this.#log.record(change, step, this.#version);
  }

  /** Merges what several items have changed since then, as one: all of it, or nothing. Throws as `commit` does. */
  commitAll(
    step: string,
    base: object,
    baseVersion: number,
    all: readonly (readonly Change[])[],
    others: boolean,
  ): void {
    if (all.length === 1) return this.commit(step, base, baseVersion, all[0], others);
    // Nothing that was there is written into, so that it can be put back.
    this.#fresh = undefined;
    const [current, version] = [this.#current, this.#version];
    try {
      for (const changes of all) this.commit(step, base, baseVersion, changes, true);
    } catch (error) {
      [this.#current, this.#version] = [current, version];
      throw error;
    }
  }

  /** Goes on from another state than the one that hooks have prepared; before anything was started. */
  replace(state: object): void {
    this.#current = state;
  }

  /** To be called when no activation is alive: nobody works on an older version any more. */
  settle(): void {
    this.#log = undefined;
  }

  /** To be called after each report, before `current` is handed to anybody who keeps it: it is never written again. */
  publish(): void {
    this.#fresh = undefined;
  }

  /** The values of the merged fields, by the place of their change: all are known before anything is written. */
  #callMerges(base: object, changes: readonly Change[]): unknown[] | undefined {
    let values: unknown[] | undefined;
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i];
      if (change.op !== 'merge') continue;
      const field = change.path[0];
      (values ??= [])[i] = mergeField(this.#merge[field], field, base, this.#current, change.mine);
    }
    return values;
  }

  #apply(change: Change, merged: unknown): void {
    const { path } = change;
    let target = (this.#current = this.#own(this.#current)) as Fields;
    const last = path.length - 1;
    for (let i = 0; i < last; i++) target = this.#ownField(target, path[i]) as Fields;
    const key = path[last];
    if (change.op === 'set') setField(target, key, change.value);
    else if (change.op === 'merge' && merged !== undefined) setField(target, key, merged);
    else if (change.op === 'grow') this.#grow(target, key, change.items);
    else delete target[key];
  }

  #grow(target: Fields, key: string, items: readonly unknown[]): void {
    if (Object.hasOwn(target, key) && Array.isArray(target[key])) {
      const array = this.#ownField(target, key) as unknown[];
      for (const item of items) array.push(item);
    } else {
      setField(target, key, items.slice());
    }
  }

  /** The object at a key, for writing; changes from outside may lead to where there is none. */
  #ownField(target: Fields, key: string): object {
    const field = Object.hasOwn(target, key) ? target[key] : undefined;
    const own = typeof field === 'object' && field !== null ? this.#own(field) : {};
    setField(target, key, own);
    return own;
  }

  #own(value: object): object {
    if (this.#fresh?.has(value) === true) return value;
    const copy = Array.isArray(value) ? value.slice() : { ...value };
    this.#fresh?.add(copy);
    return copy;
  }
}

function refuseConflicts(log: WriteLog, step: string, since: number, changes: readonly Change[]): void {
  for (const change of changes) {
    const write = log.findConflict(change, since);
    if (write === undefined) continue;
    // Of a path and one above it the longer one was changed by both: what stands above has removed it.
    const path = write.path.length > change.path.length ? write.path : change.path;
    throw new StateConflictError(step, write.step, path);
  }
}

function mergeField(merge: Merge, field: string, base: object, current: object, mine: unknown): unknown {
  const before = own(base, field);
  const committed = own(current, field);
  if (merge === 'sum') {
    // Unchanged since: the body's own number, which adding and subtracting would round.
    if (committed === before) return mine;
    return copyPlain(toNumber(committed) + toNumber(mine) - toNumber(before), [field], false);
  }
  if (typeof merge !== 'function') throw new TypeError(`state.${field} has no merge by sum or function`);
  // Copies, because a function that writes into what it is given must not reach a committed version.
  const [a, b, c] = [before, committed, mine].map((value) => copyPlain(value, [field], false));
  return copyPlain(merge(a, b, c), [field], false);
}

function own(fields: object, key: string): unknown {
  return Object.hasOwn(fields, key) ? (fields as Fields)[key] : undefined;
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
