import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotPlainDataError } from '../../src/errors/not-plain-data-error.js';
import type { Merge } from '../../src/scanner/pipeline-options.js';
import type { Change } from '../../src/state/change.js';
import { diffDraft } from '../../src/state/diff.js';
import { openDraft } from '../../src/state/draft.js';
import { anyOperation, anyState, operate } from './arbitrary.js';
import { canonical } from './canonical.js';
import { runs } from '../support/runs.js';

type Loose = Record<string, unknown>;

function diff<S extends object>(
  base: S,
  body: (state: S) => void,
  merge: Record<string, Merge> = {},
): readonly Change[] {
  const draft = openDraft(base);
  body(draft);
  return diffDraft(base, draft, merge);
}

const NESTED = {
  a: { b: { c: 1, d: 2 }, e: [1] },
  list: [
    { n: 1, m: 1 },
    { n: 2, m: 2 },
  ],
};

describe('diffDraft', () => {
  it('finds nothing in an untouched draft, and always the same nothing', () => {
    const none = diff(NESTED, () => undefined);
    expect(none).toEqual([]);
    expect(Object.isFrozen(none)).toBe(true);
    expect(diff({ x: 1 }, () => undefined)).toBe(none);
  });

  it('compares values, so that equal replacements are no change', () => {
    expect(diff(NESTED, (state) => Object.assign(state, structuredClone(NESTED)))).toEqual([]);
    expect(diff({ x: 0 }, (state) => (state.x = -0))).toEqual([]);
    expect(diff<Loose>({}, (state) => (state['x'] = undefined))).toEqual([]);
  });

  it('does not read the parts of an untouched field', () => {
    const base = {
      count: 0,
      bait: {
        nested: {},
        get trap(): number {
          throw new Error('read');
        },
      },
    };
    expect(diff(base, (state) => (state.count = 1))).toEqual([{ op: 'set', path: ['count'], value: 1 }]);
  });

  it('takes a replaced object for the fields that differ', () => {
    expect(diff<Loose>(NESTED, (state) => (state['a'] = { b: { c: 1, d: 3, f: null }, e: [1] }))).toEqual([
      { op: 'set', path: ['a', 'b', 'd'], value: 3 },
      { op: 'set', path: ['a', 'b', 'f'], value: null },
    ]);
  });

  it('takes undefined and deleted fields for absent', () => {
    for (const body of [(state: Loose) => (state['a'] = undefined), (state: Loose) => delete state['a']]) {
      expect(diff<Loose>(NESTED, body)).toEqual([{ op: 'delete', path: ['a'] }]);
    }
    expect(diff(NESTED, (state) => delete (state.a.b as Loose)['c'])).toEqual([
      { op: 'delete', path: ['a', 'b', 'c'] },
    ]);
  });

  it('takes an object that became an array, or the other way round, for a new value', () => {
    expect(diff<Loose>({ a: { 0: 1 }, b: [1] }, (state) => Object.assign(state, { a: [1], b: { 0: 1 } }))).toEqual([
      { op: 'set', path: ['a'], value: [1] },
      { op: 'set', path: ['b'], value: { 0: 1 } },
    ]);
  });

  describe('of an array', () => {
    it('tells growth by what was appended, also when the array was replaced', () => {
      const grown = [{ op: 'grow', path: ['list'], items: [{ n: 3 }, 'x'] }];
      expect(diff(NESTED, (state) => (state.list as unknown[]).push({ n: 3 }, 'x'))).toEqual(grown);
      expect(diff<Loose>(NESTED, (state) => (state['list'] = [...NESTED.list, { n: 3 }, 'x']))).toEqual(grown);
    });

    it('goes element by element where the length is unchanged', () => {
      expect(diff(NESTED, (state) => (state.list[1].m = 9))).toEqual([
        { op: 'set', path: ['list', '1', 'm'], value: 9 },
      ]);
      expect(diff({ a: [1, 2, 3] }, (state) => state.a.reverse())).toEqual([
        { op: 'set', path: ['a', '0'], value: 3 },
        { op: 'set', path: ['a', '2'], value: 1 },
      ]);
    });

    it('takes a shorter one, and a longer one whose beginning differs, as a whole', () => {
      expect(diff({ a: [1, 2] }, (state) => state.a.pop())).toEqual([{ op: 'set', path: ['a'], value: [1] }]);
      expect(diff({ a: [1, 2] }, (state) => state.a.unshift(0))).toEqual([
        { op: 'set', path: ['a'], value: [0, 1, 2] },
      ]);
      expect(diff(NESTED, (state) => state.list.push({ n: (state.list[0].n = 7), m: 0 }))).toEqual([
        {
          op: 'set',
          path: ['list'],
          value: [
            { n: 7, m: 1 },
            { n: 2, m: 2 },
            { n: 7, m: 0 },
          ],
        },
      ]);
    });
  });

  it('shares nothing with the draft, whatever the body writes afterwards', () => {
    const base = { list: [] as { n: number }[] };
    const draft = openDraft<Loose & typeof base>(base);
    const item = { n: 1 };
    draft.list.push(item);
    draft['twice'] = { item, list: draft.list };
    const changes = diffDraft(base, draft, {});
    const before = JSON.stringify(changes);
    item.n = 2;
    draft.list.push({ n: 3 });
    expect(JSON.stringify(changes)).toBe(before);
    expect(diffDraft(base, draft, {})).toEqual([
      { op: 'grow', path: ['list'], items: [{ n: 2 }, { n: 3 }] },
      { op: 'set', path: ['twice'], value: { item: { n: 2 }, list: [{ n: 2 }, { n: 3 }] } },
    ]);
  });

  it('lets the draft copy on touch again after it was compared', () => {
    const base = { a: { b: { c: 1 } } };
    const draft = openDraft(base);
    expect(diffDraft(base, draft, {})).toEqual([]);
    draft.a.b.c = 2;
    expect(base.a.b.c).toBe(1);
  });

  describe('refuses what is no plain data, by path', () => {
    class Money {
      b = { c: 1, d: 2 };
      e = [1];
    }
    const cases: [path: string, body: (state: typeof NESTED & Loose) => unknown][] = [
      ['state.when', (state) => (state['when'] = new Date())],
      ['state.a.b.c', (state) => ((state.a.b as Loose)['c'] = NaN)],
      ['state.a.b.c.x[0]', (state) => ((state.a.b as Loose)['c'] = { x: [1n] })],
      ['state.a', (state) => (state.a = new Money())],
      ['state.list[1].n', (state) => ((state.list[1] as Loose)['n'] = new Map())],
      ['state.list[2].n', (state) => state.list.push({ n: Infinity, m: 0 })],
      ['state.list[3]', (state) => (state.list as unknown[]).push(1, undefined)],
      ['state.list[0]', (state) => Reflect.deleteProperty(state.list, 0)],
      ['state.list[2]', (state) => (state.list.length = 4)],
      ['state.list[1]', (state) => (state.list = [undefined, undefined] as never) && (state.list[0] = NESTED.list[0]!)],
      ['state.a.self.self', (state) => ((state.a as Loose)['self'] = state.a)],
      ['state["odd key"]', (state) => (state['odd key'] = () => 1)],
    ];
    it.each(cases)('%s', (path, body) => {
      let caught: unknown;
      try {
        diff(NESTED as typeof NESTED & Loose, body);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(NotPlainDataError);
      expect((caught as NotPlainDataError).path).toBe(path);
    });

    it('counts nesting from the top of the state', () => {
      let deep: unknown = 1;
      for (let i = 0; i < 998; i++) deep = { in: deep };
      const base: { a: { b: unknown } } = { a: { b: null } };
      expect(diff(base, (state) => (state.a.b = deep))).toHaveLength(1);
      expect(() => diff(base, (state) => (state.a.b = [deep]))).toThrow(NotPlainDataError);
    });
  });

  describe('of a field with a merge', () => {
    it('makes one change of a sum or a function', () => {
      expect(diff({ n: 1 }, (state) => (state.n += 2), { n: 'sum' })).toEqual([{ op: 'merge', path: ['n'], mine: 3 }]);
      expect(diff<Loose>({ n: 1 }, (state) => delete state['n'], { n: 'sum' })).toEqual([
        { op: 'merge', path: ['n'], mine: undefined },
      ]);
      expect(diff<Loose>({}, (state) => (state['n'] = 1), { n: 'sum' })).toEqual([
        { op: 'merge', path: ['n'], mine: 1 },
      ]);
      const merge = { a: (): number => 1 };
      expect(diff({ a: { b: 1, c: 1 } }, (state) => (state.a.b = 2), merge)).toEqual([
        { op: 'merge', path: ['a'], mine: { b: 2, c: 1 } },
      ]);
    });

    it('makes none of an equal value', () => {
      expect(diff({ a: { b: [1] } }, (state) => (state.a = { b: [1] }), { a: () => 1 })).toEqual([]);
      expect(diff({ a: [[1]] }, (state) => (state.a = [[1]]), { a: 'append' })).toEqual([]);
      expect(diff({ n: 1 }, (state) => (state.n = 1), { n: 'sum' })).toEqual([]);
    });

    it('appends to an absent field as to an empty array', () => {
      expect(diff<Loose>({}, (state) => (state['log'] = ['x']), { log: 'append' })).toEqual([
        { op: 'grow', path: ['log'], items: ['x'] },
      ]);
      expect(diff<Loose>({}, (state) => (state['log'] = []), { log: 'append' })).toEqual([
        { op: 'grow', path: ['log'], items: [] },
      ]);
    });

    it('makes an ordinary change of what its merge is no rule for', () => {
      expect(diff<Loose>({ n: 1 }, (state) => (state['n'] = 'many'), { n: 'sum' })).toEqual([
        { op: 'set', path: ['n'], value: 'many' },
      ]);
      expect(diff({ log: [1, 2] }, (state) => state.log.pop(), { log: 'append' })).toEqual([
        { op: 'set', path: ['log'], value: [1] },
      ]);
      expect(diff({ log: [1, 2] }, (state) => (state.log[0] = 5), { log: 'append' })).toEqual([
        { op: 'set', path: ['log', '0'], value: 5 },
      ]);
      expect(diff<Loose>({ log: [1] }, (state) => delete state['log'], { log: 'append' })).toEqual([
        { op: 'delete', path: ['log'] },
      ]);
    });

    it('concerns top-level fields only, and own ones', () => {
      expect(diff({ a: { n: 1 } }, (state) => (state.a.n = 2), { n: 'sum' })).toEqual([
        { op: 'set', path: ['a', 'n'], value: 2 },
      ]);
      expect(diff<Loose>({}, (state) => (state['toString'] = 1))).toEqual([
        { op: 'set', path: ['toString'], value: 1 },
      ]);
    });
  });

  it('finds a change exactly where the values differ, and never one above another', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyOperation, { maxLength: 6 }), (base, operations) => {
        const draft = openDraft(base);
        for (const operation of operations) operate(draft, operation);
        const changes = diffDraft(base, draft, {});
        expect(changes.length === 0).toBe(canonical(draft) === canonical(base));
        const paths = changes.map(({ path }) => JSON.stringify(path).slice(0, -1));
        for (const a of paths) {
          expect(paths.filter((b) => b === a || b.startsWith(`${a},`))).toHaveLength(1);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
