import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPatch, type PatchOperation } from '../../src/state/patch.js';
import { anyState } from './arbitrary.js';
import { canonical } from './canonical.js';
import { runs } from '../support/runs.js';

/** RFC 6902, written from the RFC: refuses whatever it says is an error. */
function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  const result = structuredClone(document);
  for (const { op, path, value } of patch) {
    const keys = path.split('/').slice(1);
    const decoded = keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = decoded.pop()!;
    let target = result as Record<string, unknown>;
    for (const key of decoded) {
      if (!Object.hasOwn(target, key)) throw new Error(`${path}: no such parent`);
      target = target[key] as Record<string, unknown>;
    }
    if (Array.isArray(target)) applyToArray(target, op, last, value);
    else {
      if (op !== 'add' && !Object.hasOwn(target, last)) throw new Error(`${path}: no such member`);
      if (op === 'remove') delete target[last];
      else
        Object.defineProperty(target, last, {
          value: structuredClone(value),
          writable: true,
          enumerable: true,
          configurable: true,
        });
    }
  }
  return result;
}

function applyToArray(target: unknown[], op: PatchOperation['op'], key: string, value: unknown): void {
  const index = key === '-' && op === 'add' ? target.length : Number(key);
  if (!/^(?:0|[1-9]\d*|-)$/.test(key) || index > target.length || (op !== 'add' && index === target.length)) {
    throw new Error(`no such element: ${key}`);
  }
  if (op === 'add') target.splice(index, 0, structuredClone(value));
  else if (op === 'remove') target.splice(index, 1);
  else target[index] = structuredClone(value);
}

describe('toPatch', () => {
  it('is empty for equal versions', () => {
    expect(toPatch({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  });

  it('adds, replaces and removes fields', () => {
    expect(toPatch({ a: 1, b: { c: 1, d: 1 }, e: 1 }, { a: 2, b: { c: 1, f: null } })).toEqual([
      { op: 'remove', path: '/e' },
      { op: 'replace', path: '/a', value: 2 },
      { op: 'remove', path: '/b/d' },
      { op: 'add', path: '/b/f', value: null },
    ]);
  });

  it('escapes ~ and / in keys', () => {
    expect(toPatch({}, { 'a/b~c': 1, '~1': 2, '': 3 })).toEqual([
      { op: 'add', path: '/a~1b~0c', value: 1 },
      { op: 'add', path: '/~01', value: 2 },
      { op: 'add', path: '/', value: 3 },
    ]);
  });

  it('tells what was appended, not the whole array', () => {
    expect(toPatch({ a: [1, 2] }, { a: [1, 2, 3, 4] })).toEqual([
      { op: 'add', path: '/a/2', value: 3 },
      { op: 'add', path: '/a/3', value: 4 },
    ]);
  });

  it('tells a shift as one removal and an element by its field', () => {
    expect(toPatch({ a: [1, 2, 3] }, { a: [2, 3] })).toEqual([{ op: 'remove', path: '/a/0' }]);
    expect(toPatch({ a: [{ b: 1, c: 1 }] }, { a: [{ b: 2, c: 1 }] })).toEqual([
      { op: 'replace', path: '/a/0/b', value: 2 },
    ]);
  });

  it('replaces what has changed its kind', () => {
    expect(toPatch({ a: {}, b: [], c: null }, { a: [], b: {}, c: {} })).toEqual([
      { op: 'replace', path: '/a', value: [] },
      { op: 'replace', path: '/b', value: {} },
      { op: 'replace', path: '/c', value: {} },
    ]);
  });

  it('gives values that nobody can write and that are not the version itself', () => {
    const after = { a: { b: [1] } };
    const [operation] = toPatch({}, after);
    expect(operation.value).toEqual({ b: [1] });
    expect(operation.value).not.toBe(after.a);
    expect(Object.isFrozen((operation.value as { b: number[] }).b)).toBe(true);
    expect(Object.isFrozen(after.a)).toBe(false);
  });

  it('skips what both versions share without reading it', () => {
    const shared = {
      get trap(): number {
        throw new Error('read');
      },
    };
    expect(toPatch({ shared, a: 1 }, { shared, a: 2 })).toEqual([{ op: 'replace', path: '/a', value: 2 }]);
  });

  it('gives the version after when applied to the one before', () => {
    fc.assert(
      fc.property(anyState, anyState, (before, after) => {
        expect(canonical(applyPatch(before, toPatch(before, after)))).toBe(canonical(after));
      }),
      { numRuns: runs(300) },
    );
  });
});
