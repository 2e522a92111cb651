import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDraft } from '../../src/state/draft.js';
import { toPlain } from '../../src/state/plain.js';
import { anyOperation, anyState, operate } from './arbitrary.js';
import { canonical } from './canonical.js';
import { runs } from '../support/runs.js';

const MESSAGES = Array.from({ length: 20 }, (_, i) => ({ role: 'user', content: `message ${i}` }));

const ADA: { readonly name: string; age?: number } = { name: 'Ada' };

/** Fields of every kind: primitive, small enough to be copied at once, and large or nested. */
function base() {
  return deepFreeze({
    prompt: 'hello',
    count: 1,
    none: null as string | null,
    small: [1, 2, 3],
    user: { ...ADA },
    messages: structuredClone(MESSAGES),
    nested: { deep: { list: [[1], [2]] } },
    extra: undefined as undefined | number,
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('openDraft', () => {
  it('never writes its base, nor shares a part with it', () => {
    const version = base();
    const before = canonical(version);
    const draft = openDraft(version);
    draft.messages.push({ role: 'user', content: 'new' });
    draft.messages[0].content = 'changed';
    draft.nested.deep.list[0].push(9);
    draft.small.push(4);
    draft.user.age = 36;
    draft.prompt = 'changed';
    delete (draft as Partial<typeof draft>).none;
    expect(canonical(version)).toBe(before);
    expect(draft.messages).toHaveLength(21);
    expect(draft.messages[0].content).toBe('changed');
    expect(draft.nested.deep.list).toEqual([[1, 9], [2]]);
    expect(draft.small).toEqual([1, 2, 3, 4]);
    expect(draft.user).toEqual({ name: 'Ada', age: 36 });
    expect('none' in draft).toBe(false);
  });

  it('gives the same object each time a field is read', () => {
    const draft = openDraft(base());
    expect(draft.messages).toBe(draft.messages);
    expect(draft.nested.deep).toBe(draft.nested.deep);
    expect(draft.messages).not.toBe(openDraft(base()).messages);
  });

  it('copies a field when it is touched, not before', () => {
    const version = {
      big: Array.from({ length: 100 }, () => ({})),
      bait: {
        nested: {},
        get trap(): number {
          throw new Error('copied');
        },
      },
    };
    const draft = openDraft(version);
    expect(draft.big).toHaveLength(100);
    expect(() => draft.bait).toThrow('copied');
  });

  it('spreads, lists, clones and serialises as an ordinary object does', () => {
    const draft = openDraft(base());
    const plain = structuredClone(base());
    expect({ ...draft }).toStrictEqual(plain);
    expect(Object.getOwnPropertySymbols({ ...draft })).toEqual([]);
    expect(Object.keys(draft)).toEqual(Object.keys(plain));
    expect(Object.entries(draft)).toStrictEqual(Object.entries(plain));
    expect(JSON.stringify(draft)).toBe(JSON.stringify(plain));
    expect(structuredClone(draft)).toStrictEqual(plain);
    expect(Object.assign({}, draft)).toStrictEqual(plain);
    expect(draft).toEqual(plain);
    expect(plain).toEqual(draft);
    expect(Object.getPrototypeOf(draft)).toBe(Object.prototype);
    const seen: string[] = [];
    for (const key in draft) seen.push(key);
    expect(seen).toEqual(Object.keys(plain));
    expect('messages' in draft && Object.hasOwn(draft, 'messages')).toBe(true);
    const { messages, ...rest } = draft;
    expect(messages).toStrictEqual(plain.messages);
    expect(Object.keys(rest)).toEqual(Object.keys(plain).filter((key) => key !== 'messages'));
  });

  it('shows its values in console.log, touched or not, at any depth', () => {
    const draft = openDraft(base());
    const plain = structuredClone(base());
    expect(inspect(draft)).toBe(inspect(plain));
    draft.nested.deep.list.push([3]);
    plain.nested.deep.list.push([3]);
    expect(inspect(draft, { depth: 9 })).toBe(inspect(plain, { depth: 9 }));
    expect(inspect({ state: draft })).toBe(inspect({ state: plain }));
  });

  it('takes fields away, back and new', () => {
    const draft = openDraft(base()) as Record<string, unknown>;
    delete draft['messages'];
    expect('messages' in draft).toBe(false);
    expect(draft['messages']).toBeUndefined();
    draft['messages'] = 'other';
    draft['fresh'] = [1];
    expect(Object.keys(draft).slice(-2)).toEqual(['messages', 'fresh']);
    expect(draft['messages']).toBe('other');
    draft['nested'] = undefined;
    expect(draft['nested']).toBeUndefined();
    expect('nested' in draft).toBe(true);
  });

  it('works behind a proxy and an inheriting object', () => {
    const draft = openDraft(base());
    const proxy = new Proxy(draft, {});
    proxy.messages.push({ role: 'user', content: 'through the proxy' });
    expect(draft.messages).toHaveLength(21);
    proxy.messages = [];
    expect(draft.messages).toEqual([]);
    const child = Object.create(draft) as typeof draft;
    expect(child.nested).toBe(draft.nested);
    child.nested = { deep: { list: [] } };
    expect(Object.hasOwn(child, 'nested')).toBe(true);
    expect(draft.nested.deep.list).toHaveLength(2);
  });

  it('is plain data itself, so that a body may return it or keep it in its state', () => {
    const draft = openDraft(base());
    expect(toPlain(draft, 'output')).toStrictEqual(toPlain(base(), 'output'));
    const loose = draft as Record<string, unknown>;
    loose['before'] = { ...draft };
    expect(toPlain(draft, 'output')).toStrictEqual({ ...toPlain(base(), 'output'), before: toPlain(base(), 'output') });
  });

  it('keeps two drafts of one version apart', () => {
    const version = base();
    const one = openDraft(version);
    const two = openDraft(version);
    one.messages.length = 0;
    one.nested = { deep: { list: [] } };
    expect(two.messages).toEqual(MESSAGES);
    expect(two.nested.deep.list).toEqual([[1], [2]]);
  });

  it('holds hostile keys as data', () => {
    const text = '{"__proto__":{"a":{"b":1}},"constructor":{"a":[[]]},"toString":{"a":{}},"":{"a":{}}}';
    const version = JSON.parse(text) as object;
    const draft = openDraft(version) as Record<string, Record<string, unknown>>;
    expect(JSON.stringify(draft)).toBe(text);
    draft['__proto__']['a'] = 2;
    draft['constructor']['a'] = 2;
    expect(JSON.stringify(version)).toBe(text);
    expect(Object.getPrototypeOf(draft)).toBe(Object.prototype);
    const small = openDraft(JSON.parse('{"__proto__":{"polluted":1}}') as object);
    expect(Object.getPrototypeOf(small)).toBe(Object.prototype);
    expect(JSON.stringify(small)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes nothing from an Object.prototype that somebody else has added to', () => {
    const polluted = Object.prototype as { added?: object };
    polluted.added = { by: { another: 'library' } };
    try {
      const draft = openDraft({ a: { b: { c: {} } }, list: [{ d: {} }] });
      expect(JSON.stringify(draft)).toBe('{"a":{"b":{"c":{}}},"list":[{"d":{}}]}');
      expect(Object.hasOwn(draft.a.b, 'added')).toBe(false);
      expect(Object.hasOwn(toPlain(draft, 'output').a, 'added')).toBe(false);
    } finally {
      delete polluted.added;
    }
  });

  it('takes states with more keys than it keeps accessors for', () => {
    const version = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key${i}`, { in: { i } }]));
    const draft = openDraft(version);
    draft['key4999'].in.i = -1;
    expect(version['key4999'].in.i).toBe(4_999);
    expect(draft['key4999']).toEqual({ in: { i: -1 } });
    expect(canonical(openDraft(version))).toBe(canonical(version));
  });

  it('behaves as an ordinary copy under any sequence of operations', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyOperation, { maxLength: 12 }), (version, operations) => {
        const before = canonical(version);
        const draft = openDraft(version);
        const plain = structuredClone(version);
        for (const operation of operations) {
          operate(draft, operation);
          operate(plain, operation);
          expect(canonical(draft)).toBe(canonical(plain));
        }
        expect(Object.keys(draft).sort()).toEqual(Object.keys(plain).sort());
        expect(canonical(version)).toBe(before);
      }),
      { numRuns: runs(200) },
    );
  });
});
