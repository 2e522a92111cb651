import { isPlainArray, isPlainObject } from './plain.js';

/** Compares plain data with any value, field by field; what is no plain data equals nothing, absent is `undefined`. */
export function isEqual(plain: unknown, other: unknown): boolean {
  if (plain === other) return true;
  if (typeof plain !== 'object' || typeof other !== 'object' || plain === null || other === null) return false;
  if (Array.isArray(plain)) return Array.isArray(other) && isEqualArray(plain, other);
  return !Array.isArray(other) && isPlainObject(other) && isEqualObject(plain, other);
}

/** Compares the first `length` elements of two arrays. */
export function isEqualStart(plain: readonly unknown[], other: readonly unknown[], length: number): boolean {
  for (let i = 0; i < length; i++) if (!isEqual(plain[i], other[i])) return false;
  return true;
}

function isEqualArray(plain: readonly unknown[], other: readonly unknown[]): boolean {
  return plain.length === other.length && isPlainArray(other) && isEqualStart(plain, other, plain.length);
}

function isEqualObject(plain: object, other: object): boolean {
  const keys = Object.keys(plain);
  const names = Object.keys(other);
  let shared = 0;
  for (let i = 0; i < names.length; i++) {
    const key = names[i];
    const theirs = (other as Record<string, unknown>)[key];
    if (theirs === undefined) continue;
    // A copy keeps the order of its keys, so that the look-up is rarely needed.
    if (keys[i] !== key && !Object.hasOwn(plain, key)) return false;
    if (!isEqual((plain as Record<string, unknown>)[key], theirs)) return false;
    shared++;
  }
  return shared === keys.length;
}
