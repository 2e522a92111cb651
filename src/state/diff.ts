import type { Merge } from '../scanner/pipeline-options.js';
import type { Change } from './change.js';
import { peekDraft } from './draft.js';
import { isEqual, isEqualStart } from './equal.js';
import { createNotPlainDataError } from './not-plain.js';
import { copyPlain, isPlainArray, isPlainObject } from './plain.js';

const NONE: readonly Change[] = Object.freeze([]);

type Fields = Readonly<Record<string, unknown>>;
/** The path walked so far; elements by number until a change is found. */
type Path = (string | number)[];

/**
 * Finds what a body has changed, comparing the values of its draft with the version it was opened on. What is new is
 * checked and copied: the changes share nothing with the draft. Throws NotPlainDataError.
 */
export function diffDraft(base: object, draft: object, merged: Readonly<Record<string, Merge>>): readonly Change[] {
  const changes: Change[] = [];
  peekDraft(draft, true);
  try {
    diffFields([], base as Fields, draft as Fields, changes, merged);
  } finally {
    peekDraft(draft, false);
  }
  return changes.length === 0 ? NONE : changes;
}

function diffFields(path: Path, base: Fields, mine: Fields, changes: Change[], merged?: Fields): void {
  const keys = Object.keys(base);
  const names = Object.keys(mine);
  let shared = 0;
  for (let i = 0; i < names.length; i++) {
    const key = names[i];
    const after = mine[key];
    if (after === undefined) continue;
    const known = keys[i] === key || Object.hasOwn(base, key);
    if (known) shared++;
    const before = known ? base[key] : undefined;
    if (before === after) continue;
    path.push(key);
    diffField(path, before, after, changes, merged);
    path.pop();
  }
  if (shared === keys.length) return;
  for (const key of keys) {
    if (Object.hasOwn(mine, key) && mine[key] !== undefined) continue;
    path.push(key);
    diffField(path, base[key], undefined, changes, merged);
    path.pop();
  }
}

/** `undefined` stands for an absent field, before and after. */
function diffField(path: Path, before: unknown, after: unknown, changes: Change[], merged?: Fields): void {
  const key = path[path.length - 1] as string;
  if (merged !== undefined && Object.hasOwn(merged, key)) diffMerged(path, before, after, changes, merged[key]);
  else if (after === undefined) changes.push({ op: 'delete', path: toKeys(path) });
  else diffValue(path, before, after, changes);
}

function diffValue(path: Path, before: unknown, after: unknown, changes: Change[]): void {
  if (typeof before === 'object' && before !== null && typeof after === 'object' && after !== null) {
    if (Array.isArray(before)) {
      if (Array.isArray(after) && isPlainArray(after)) return diffArray(path, before, after, changes);
    } else if (!Array.isArray(after) && isPlainObject(after)) {
      return diffFields(path, before as Fields, after as Fields, changes);
    }
  }
  changes.push({ op: 'set', path: toKeys(path), value: copyPlain(after, path, false) });
}

function diffArray(path: Path, before: readonly unknown[], after: readonly unknown[], changes: Change[]): void {
  if (after.length === before.length) {
    for (let i = 0; i < before.length; i++) {
      if (before[i] === after[i]) continue;
      refuseUndefined(path, after, i);
      path.push(i);
      diffValue(path, before[i], after[i], changes);
      path.pop();
    }
  } else if (isGrowth(before, after)) {
    changes.push(grow(path, before.length, after));
  } else {
    changes.push({ op: 'set', path: toKeys(path), value: copyPlain(after, path, false) });
  }
}

/** A field that the class declares a merge for. What its merge is no rule for is an ordinary change. */
function diffMerged(path: Path, before: unknown, after: unknown, changes: Change[], merge: unknown): void {
  if (merge === 'append') {
    const old: unknown = before ?? [];
    if (Array.isArray(old) && isGrowth(old, after)) {
      if (before === undefined || after.length > old.length) changes.push(grow(path, old.length, after));
      return;
    }
  } else if (merge !== 'sum' || (isSummand(before) && isSummand(after))) {
    if (isEqual(before, after)) return;
    changes.push({ op: 'merge', path: [String(path[0])], mine: copyPlain(after, path, false) });
    return;
  }
  diffField(path, before, after, changes);
}

function isSummand(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}

/** Whether the old array is a prefix of the new one; equal values count, whichever objects hold them. */
function isGrowth(before: readonly unknown[], after: unknown): after is readonly unknown[] {
  return (
    Array.isArray(after) &&
    isPlainArray(after) &&
    after.length >= before.length &&
    isEqualStart(before, after, before.length)
  );
}

function grow(path: Path, from: number, after: readonly unknown[]): Change {
  const items: unknown[] = [];
  for (let i = from; i < after.length; i++) {
    refuseUndefined(path, after, i);
    path.push(i);
    items.push(copyPlain(after[i], path, false));
    path.pop();
  }
  return { op: 'grow', path: toKeys(path), items };
}

/** `undefined` is fine as a whole value and as a field, but JSON would make an element of it `null`. */
function refuseUndefined(path: Path, array: readonly unknown[], index: number): void {
  if (array[index] !== undefined) return;
  throw createNotPlainDataError(undefined, path, { source: array, key: index, depth: path.length, up: undefined });
}

function toKeys(path: Path): string[] {
  return path.map(String);
}
