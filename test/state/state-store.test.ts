/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return -- the bodies do what they like to an untyped state */
import { describe, expect, it } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import { StateStore } from '../../src/state/state-store.js';
import { canonical } from './canonical.js';
import { Rehearsal, type Body } from './rehearsal.js';

const increment: Body = (state) => state.count++;

describe('StateStore', () => {
  it('keeps the version when nothing has changed', () => {
    const rehearsal = new Rehearsal({ a: 1 });
    const { current } = rehearsal.store;
    rehearsal.parallel({ A: () => 1, B: (state) => (state.a = 1) });
    expect(rehearsal.store.current).toBe(current);
    expect(rehearsal.store.version).toBe(0);
  });

  it('shares with the next version what a commit has not touched', () => {
    const rehearsal = new Rehearsal({ a: { b: { c: 1 }, d: {} }, e: {} });
    const before = rehearsal.store.current as { a: { b: object; d: object }; e: object };
    rehearsal.parallel({ A: (state) => (state.a.b.c = 2) });
    const after = rehearsal.store.current as typeof before;
    expect(after).toEqual({ a: { b: { c: 2 }, d: {} }, e: {} });
    expect(before).toEqual({ a: { b: { c: 1 }, d: {} }, e: {} });
    expect(after.e).toBe(before.e);
    expect(after.a.d).toBe(before.a.d);
    expect(rehearsal.store.version).toBe(1);
  });

  describe('of two parallel activations', () => {
    const BASE = { a: { b: { c: 1 }, x: 1 }, list: [{ n: 1 }, { n: 2 }], flag: false as boolean | null, count: 0 };

    const merges: [what: string, one: Body, two: Body, expected: object][] = [
      ['different fields', (s) => (s.count = 1), (s) => (s.flag = 'x'), { ...BASE, count: 1, flag: 'x' }],
      [
        'different fields of one object',
        (s) => (s.a.b.c = 2),
        (s) => (s.a.x = 2),
        { ...BASE, a: { b: { c: 2 }, x: 2 } },
      ],
      [
        'a replaced object, as the fields that differ',
        (s) => (s.a = { b: { c: 2 }, x: 1 }),
        (s) => (s.a = { b: { c: 1 }, x: 2 }),
        { ...BASE, a: { b: { c: 2 }, x: 2 } },
      ],
      ['new fields of one object', (s) => (s.a.n = 1), (s) => (s.a.m = 1), { ...BASE, a: { ...BASE.a, n: 1, m: 1 } }],
      ['different elements', (s) => (s.list[0].n = 5), (s) => (s.list[1] = 6), { ...BASE, list: [{ n: 5 }, 6] }],
      [
        'growth of one array in the order of the commits, equal elements included',
        (s) => s.list.push('x', 'y'),
        (s) => s.list.push('x'),
        { ...BASE, list: [...BASE.list, 'x', 'y', 'x'] },
      ],
      [
        'growth and an element below it',
        (s) => s.list.push('x'),
        (s) => (s.list[1].n = 7),
        { ...BASE, list: [{ n: 1 }, { n: 7 }, 'x'] },
      ],
      [
        'an element and growth beside it',
        (s) => (s.list[1].n = 7),
        (s) => s.list.push('x'),
        { ...BASE, list: [{ n: 1 }, { n: 7 }, 'x'] },
      ],
      ['the same boolean', (s) => (s.flag = true), (s) => (s.flag = true), { ...BASE, flag: true }],
      ['null', (s) => (s.a = null), (s) => (s.a = null), { ...BASE, a: null }],
      ['the same deletion', (s) => delete s.a.b, (s) => delete s.a.b, { ...BASE, a: { x: 1 } }],
    ];
    it.each(merges)('merges %s', (_, one, two, expected) => {
      expect(new Rehearsal(BASE).parallel({ A: one, B: two })).toStrictEqual(expected);
    });

    const conflicts: [what: string, one: Body, two: Body, path: string][] = [
      ['different values', (s) => (s.count = 1), (s) => (s.count = 2), 'count'],
      ['equal numbers', (s) => (s.count = 1), (s) => (s.count = 1), 'count'],
      ['equal strings', (s) => (s.a.x = 'x'), (s) => (s.a.x = 'x'), 'a.x'],
      ['equal new objects', (s) => (s.n = { v: 1 }), (s) => (s.n = { v: 1 }), 'n'],
      ['new objects with different fields', (s) => (s.n = { v: 1 }), (s) => (s.n = { w: 1 }), 'n'],
      ['different booleans', (s) => (s.flag = true), (s) => (s.flag = null), 'flag'],
      ['a deletion and a value', (s) => delete s.flag, (s) => (s.flag = true), 'flag'],
      ['a value and a deletion', (s) => (s.flag = true), (s) => delete s.flag, 'flag'],
      ['a deleted parent and its child', (s) => delete s.a, (s) => (s.a.b.c = 2), 'a.b.c'],
      ['a child and its deleted parent', (s) => (s.a.b.c = 2), (s) => delete s.a, 'a.b.c'],
      ['a retyped parent and its child', (s) => (s.a = [1]), (s) => (s.a.b.c = 2), 'a.b.c'],
      ['a child and its retyped parent', (s) => (s.a.b.c = 2), (s) => (s.a = null), 'a.b.c'],
      ['a deleted child and its deleted parent', (s) => delete s.a.b, (s) => delete s.a, 'a.b'],
      ['a shortened array and growth', (s) => s.list.pop(), (s) => s.list.push(1), 'list'],
      ['growth and a shortened array', (s) => s.list.push(1), (s) => s.list.pop(), 'list'],
      ['growth below a changed prefix and growth', (s) => s.list.unshift(1), (s) => s.list.push(1), 'list'],
      ['a shortened array and an element', (s) => s.list.pop(), (s) => (s.list[0].n = 5), 'list.0.n'],
      ['an element and a shortened array', (s) => (s.list[0].n = 5), (s) => s.list.pop(), 'list.0.n'],
      ['one element', (s) => (s.list[0].n = 5), (s) => (s.list[0].n = 6), 'list.0.n'],
      ['growth of an array in a replaced element', (s) => (s.list[0] = 1), (s) => (s.list[0].n = 6), 'list.0.n'],
    ];
    it.each(conflicts)('refuses %s', (_, one, two, path) => {
      const found = new Rehearsal(BASE).conflict({ A: one, B: two });
      expect(found).toEqual({ step: 'B', other: 'A', path: path.split('.') });
    });
  });

  it('refuses fifty parallel count++, and sums them where the class says so', () => {
    const bodies = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`step${i}`, increment]));
    expect(() => new Rehearsal({ count: 0 }).parallel(bodies)).toThrow(StateConflictError);
    expect(new Rehearsal({ count: 0 }, { count: 'sum' }).parallel(bodies)).toEqual({ count: 50 });
    expect(
      new Rehearsal({}, { count: 'sum' }).parallel(
        Object.fromEntries(
          Array.from({ length: 50 }, (_, i) => [`step${i}`, (s: { count?: number }) => (s.count = (s.count ?? 0) + 1)]),
        ),
      ),
    ).toEqual({ count: 50 });
  });

  it('counts fifty one after the other', () => {
    const rehearsal = new Rehearsal({ count: 0 });
    for (let i = 0; i < 50; i++) rehearsal.parallel({ A: increment });
    expect(rehearsal.store.current).toEqual({ count: 50 });
    expect(rehearsal.store.version).toBe(50);
  });

  it('takes the same boolean from all who start from the same version, however many', () => {
    const set: Body = (state) => (state.done = true);
    expect(new Rehearsal({ done: false }).parallel({ A: set, B: set, C: set, D: set })).toEqual({ done: true });
  });

  it('refuses a value that another had set, even if it has its old value again', () => {
    const rehearsal = new Rehearsal({ done: false });
    const late = rehearsal.start('C', (state) => (state.done = true));
    rehearsal.start('A', (state) => (state.done = true))();
    rehearsal.start('D', (state) => (state.done = false))();
    expect(rehearsal.store.current).toEqual({ done: false });
    expect(late).toThrow(expect.objectContaining({ step: 'C', other: 'D', path: ['done'] }));
  });

  it('refuses the same boolean when something else stood between', () => {
    const rehearsal = new Rehearsal({ done: null as unknown });
    const late = rehearsal.start('C', (state) => (state.done = true));
    rehearsal.start('A', (state) => (state.done = true))();
    rehearsal.start('D', (state) => (state.done = false))();
    rehearsal.start('E', (state) => (state.done = true))();
    expect(late).toThrow(expect.objectContaining({ step: 'C', other: 'E' }));
  });

  it('takes the same boolean of one who started after the change between', () => {
    const rehearsal = new Rehearsal({ done: true });
    const keep = rehearsal.start('keep', () => 1);
    rehearsal.start('A', (state) => (state.done = false))();
    const late = rehearsal.start('C', (state) => (state.done = true));
    rehearsal.start('D', (state) => (state.done = true))();
    late();
    keep();
    expect(rehearsal.store.current).toEqual({ done: true });
  });

  it('refuses a deletion of what another has made and deleted inside', () => {
    const rehearsal = new Rehearsal({ a: { b: 1 } as unknown });
    const late = rehearsal.start('C', (state) => delete state.a);
    rehearsal.start('A', (state) => (state.a.b = 2))();
    rehearsal.start('D', (state) => delete state.a)();
    // The change inside is what can't be kept; who has last committed the path is D (A.4).
    expect(late).toThrow(expect.objectContaining({ step: 'C', other: 'D', path: ['a'] }));
  });

  it('names the step that last committed the path', () => {
    const rehearsal = new Rehearsal({ n: 0 });
    const late = rehearsal.start('late', increment0);
    rehearsal.start('first', increment0)();
    rehearsal.start('second', increment0)();
    expect(late).toThrow(expect.objectContaining({ step: 'late', other: 'second', path: ['n'] }));
  });

  it('does not hold against an activation what was committed before it started', () => {
    const rehearsal = new Rehearsal({ n: 0 });
    const keep = rehearsal.start('keep', () => 1);
    rehearsal.start('first', increment0)();
    const second = rehearsal.start('second', increment0);
    second();
    keep();
    expect(rehearsal.store.current).toEqual({ n: 2 });
  });

  it('forgets what was written when it is told that nobody is alive, and not before', () => {
    const store = new StateStore({ n: 0 }, {});
    const base = store.current;
    const set = (n: number) => [{ op: 'set', path: ['n'], value: n }] as const;
    store.commit('A', base, 0, set(1), true);
    expect(() => store.commit('B', base, 0, set(2), false)).toThrow(StateConflictError);
    store.settle();
    // Nobody may do this; it shows that nothing is kept to compare with.
    store.commit('B', base, 0, set(2), false);
    expect(store.current).toEqual({ n: 2 });
  });

  it('changes nothing at all when one of many changes conflicts', () => {
    const rehearsal = new Rehearsal({ a: 1, b: 1, c: [1], d: { e: 1 } });
    rehearsal.conflict({
      A: (state) => (state.b = 2),
      B: (state) => {
        state.a = 9;
        state.c.push(9);
        state.d.e = 9;
        state.b = 9;
      },
    });
    expect(rehearsal.store.current).toEqual({ a: 1, b: 2, c: [1], d: { e: 1 } });
  });

  describe('holds versions still', () => {
    it('so that what was published is never written, also by later commits of many', () => {
      const rehearsal = new Rehearsal({ list: [0], map: {} as Record<string, number> });
      const versions: [object, string][] = [];
      for (let report = 0; report < 20; report++) {
        const ends = [0, 1, 2].map((i) =>
          rehearsal.start('A', (s) => {
            s.list.push(i);
            s.map[`${report}.${i}`] = i;
          }),
        );
        for (const end of ends) end();
        rehearsal.store.publish();
        versions.push([rehearsal.store.current, canonical(rehearsal.store.current)]);
      }
      for (const [version, text] of versions) expect(canonical(version)).toBe(text);
      expect((rehearsal.store.current as { list: number[] }).list).toHaveLength(61);
    });

    it('and never writes into the changes it was given', () => {
      const rehearsal = new Rehearsal({ a: null as unknown });
      const { store } = rehearsal;
      const base = store.current;
      const changes = [{ op: 'set', path: ['a'], value: { list: [1] } }] as const;
      store.commit('A', base, 0, changes, true);
      const next = store.current;
      store.commit('B', next, 1, [{ op: 'grow', path: ['a', 'list'], items: [2] }], true);
      store.commit('C', next, 1, [{ op: 'set', path: ['a', 'x'], value: 1 }], true);
      expect(store.current).toEqual({ a: { list: [1, 2], x: 1 } });
      expect(changes[0].value).toEqual({ list: [1] });
    });

    it('and copies an array once for all that one report adds to it', () => {
      const store = new StateStore({ parts: [0] }, {});
      const base = store.current;
      const arrays = new Set<unknown>();
      for (let i = 0; i < 1_000; i++) {
        store.commit('A', base, 0, [{ op: 'grow', path: ['parts'], items: [i] }], true);
        arrays.add((store.current as { parts: unknown[] }).parts);
      }
      expect(arrays.size).toBe(1);
      expect((store.current as { parts: unknown[] }).parts).toHaveLength(1_001);
      expect(base).toEqual({ parts: [0] });
      store.publish();
      store.commit('B', store.current, 1_000, [{ op: 'grow', path: ['parts'], items: [1] }], true);
      expect(arrays.has((store.current as { parts: unknown[] }).parts)).toBe(false);
    });
  });

  it('holds hostile keys as data', () => {
    const rehearsal = new Rehearsal(JSON.parse('{"__proto__":{"a":1},"constructor":{"a":1}}') as object);
    const hostile =
      (value: unknown): Body =>
      (s) => {
        s['__proto__']['a'] = value;
        s['constructor']['b'] = value;
        Object.defineProperty(s['constructor'], '__proto__', {
          value: { v: value },
          enumerable: true,
          configurable: true,
        });
      };
    rehearsal.parallel({ A: hostile(2) });
    rehearsal.parallel({ A: hostile([3]) });
    expect(canonical(rehearsal.store.current)).toBe(
      '{"__proto__":{"a":[3]},"constructor":{"__proto__":{"v":[3]},"a":1,"b":[3]}}',
    );
    expect(Object.getPrototypeOf(rehearsal.store.current)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['v']).toBeUndefined();
    const fresh = new Rehearsal({});
    const add: Body = (s) => Object.defineProperty(s, '__proto__', { value: 1, enumerable: true, configurable: true });
    expect(fresh.conflict({ A: add, B: add }).path).toEqual(['__proto__']);
    expect(canonical(fresh.store.current)).toBe('{"__proto__":1}');
  });
});

function increment0(state: { n: number }): void {
  state.n++;
}
