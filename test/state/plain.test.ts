import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotPlainDataError } from '../../src/errors/not-plain-data-error.js';
import { toPlain } from '../../src/state/plain.js';

class Money {
  readonly amount = 1;
}

class Names extends Array<string> {}

function refused(value: unknown, where = 'output'): NotPlainDataError {
  try {
    toPlain(value, where);
  } catch (error) {
    expect(error).toBeInstanceOf(NotPlainDataError);
    return error as NotPlainDataError;
  }
  throw new Error('was not refused');
}

function nest(levels: number): unknown {
  let value: unknown = 'core';
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { in: value } : [value];
  return value;
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('toPlain', () => {
  it('returns primitives and undefined as they are', () => {
    for (const value of ['', 'text', 0, -1.5, true, false, null, undefined]) {
      expect(toPlain(value, 'output')).toBe(value);
    }
  });

  it('copies and deeply freezes without touching the original', () => {
    const original = { list: [{ a: 1 }], empty: {}, text: 'x' };
    const copy = toPlain(original, 'output');
    expect(copy).toStrictEqual({ list: [{ a: 1 }], empty: {}, text: 'x' });
    expect(isDeeplyFrozen(copy)).toBe(true);
    original.list[0].a = 2;
    original.list.push({ a: 3 });
    expect(copy).toStrictEqual({ list: [{ a: 1 }], empty: {}, text: 'x' });
    expect(Object.isFrozen(original.list)).toBe(false);
  });

  it('leaves the copy open when told not to freeze', () => {
    const copy = toPlain({ list: [1] }, 'state', false);
    copy.list.push(2);
    expect(copy).toStrictEqual({ list: [1, 2] });
  });

  it('copies an object that stands in two places twice', () => {
    const shared = { a: 1 };
    const copy = toPlain({ one: shared, two: shared }, 'output', false);
    copy.one.a = 2;
    expect(copy).toStrictEqual({ one: { a: 2 }, two: { a: 1 } });
  });

  it('leaves undefined fields out, as JSON does', () => {
    expect(Object.keys(toPlain({ a: undefined, b: 1 }, 'output'))).toEqual(['b']);
  });

  it('makes -0 a 0, as JSON does', () => {
    expect(Object.is(toPlain(-0, 'output'), 0)).toBe(true);
    expect(Object.is(toPlain([-0], 'output')[0], 0)).toBe(true);
    expect(Object.is(toPlain({ a: -0 }, 'output').a, 0)).toBe(true);
  });

  it('accepts objects without a prototype and those of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(toPlain(bare, 'output')).toStrictEqual({ a: 1 });
    const foreign = runInNewContext('({ list: [{ a: 1 }] })') as unknown;
    expect(toPlain(foreign, 'output')).toStrictEqual({ list: [{ a: 1 }] });
  });

  it.each([
    ['a Date', new Date(0), 'toISOString'],
    ['a Map', new Map(), 'Object.fromEntries'],
    ['a Set', new Set(), '[...set]'],
    ['a bigint', 1n, 'String(value)'],
    ['a symbol', Symbol('s'), 'Keep a string'],
    ['a function', () => 1, 'field of the class'],
    ['NaN', NaN, 'null'],
    ['Infinity', Infinity, 'null'],
    ['-Infinity', -Infinity, 'null'],
    ['a RegExp', /x/, 'source'],
    ['a Promise', Promise.resolve(), 'Await it'],
    ['a TypeError', new TypeError('x'), 'message'],
    ['a Uint8Array', new Uint8Array(1), 'array of numbers'],
    ['an ArrayBuffer', new ArrayBuffer(1), 'array of numbers'],
    ['an instance of Money', new Money(), '{ ...value }'],
    ['an instance of Names', new Names(), 'value'],
    ['an instance of String', new String('x'), 'value'],
    ['a URL', new URL('http://a/'), 'href'],
  ])('refuses %s by path, with a remedy', (what, value, remedy) => {
    const inside = refused({ user: { born: [0, value] } });
    expect(inside.path).toBe('output.user.born[1]');
    expect(inside.message).toContain(`output.user.born[1] is ${what}, which is no plain data.`);
    expect(inside.remedy).toContain(remedy);
    expect(refused(value).path).toBe('output');
  });

  it('refuses undefined elements and holes of an array', () => {
    expect(refused({ a: [1, undefined] }).message).toContain('output.a[1] is undefined in an array');

    expect(refused([1, , 3]).message).toContain('output[1] is a hole in an array');
    expect(refused(new Array(4_000_000_000)).path).toBe('output[0]');
  });

  it('refuses cycles where they close', () => {
    const a: Record<string, unknown> = { name: 'a' };
    a['list'] = [{ back: a }];
    const error = refused(a);
    expect(error.path).toBe('output.list[0].back');
    expect(error.message).toContain('contains itself');
  });

  it('accepts 1,000 levels and refuses more, without overflowing the stack', () => {
    expect(toPlain(nest(1_000), 'output')).toStrictEqual(nest(1_000));
    for (const levels of [1_001, 100_000]) {
      const error = refused(nest(levels));
      expect(error.message).toContain('nested more than 1000 levels deep');
      expect(error.path.length).toBeLessThan(50);
    }
  });

  it('writes odd keys in the path as code would', () => {
    const odd = { 'first name': { '': { 'a.b': { '0': { ünï: 1n } } } } };
    expect(refused(odd, 'state').path).toBe('state["first name"][""]["a.b"][0].ünï');
  });

  it('copies hostile keys as data and never pollutes a prototype', () => {
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"":2}';
    for (const freeze of [true, false]) {
      const copy = toPlain(JSON.parse(text) as object, 'output', freeze);
      expect(JSON.stringify(copy)).toBe(text);
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
      expect(Object.hasOwn(copy, '__proto__')).toBe(true);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('reads getters once and keeps what they give', () => {
    let reads = 0;
    const value = {
      get count() {
        return ++reads;
      },
    };
    expect(toPlain(value, 'output')).toStrictEqual({ count: 1 });
    expect(reads).toBe(1);
  });

  it('lets what a getter throws pass', () => {
    const mine = new Error('mine');
    const value = {
      get a(): number {
        throw mine;
      },
    };
    expect(() => toPlain(value, 'output')).toThrow(mine);
  });

  it('keeps every JSON value as JSON would', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, freeze) => {
        const copy = toPlain(value, 'output', freeze);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        if (freeze) expect(isDeeplyFrozen(copy)).toBe(true);
      }),
    );
  });
});
