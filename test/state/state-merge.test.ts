/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return -- the bodies do what they like to an untyped state */
import { describe, expect, it } from 'vitest';
import { NotPlainDataError } from '../../src/errors/not-plain-data-error.js';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import type { Merge } from '../../src/scanner/pipeline-options.js';
import { Rehearsal, type Body } from './rehearsal.js';

describe('StateStore with a merge', () => {
  it('sums differences, whatever the order, deletions as 0', () => {
    const rehearsal = new Rehearsal({ n: 10 }, { n: 'sum' });
    expect(rehearsal.parallel({ A: (s) => (s.n += 5), B: (s) => (s.n = 3), C: (s) => delete s.n })).toEqual({ n: -2 });
  });

  it('keeps the exact number of one who was alone', () => {
    expect(new Rehearsal({ n: 0.1 }, { n: 'sum' }).parallel({ A: (s) => (s.n = 0.3) })).toEqual({ n: 0.3 });
    expect(new Rehearsal({ n: 1 }, { n: 'sum' }).parallel({ A: (s) => delete s.n })).toEqual({});
  });

  it('refuses a sum that is no number any more', () => {
    const rehearsal = new Rehearsal({ n: 0 }, { n: 'sum' });
    const add: Body = (s) => (s.n = Number.MAX_VALUE);
    expect(() => rehearsal.parallel({ A: add, B: add })).toThrow(NotPlainDataError);
    expect(rehearsal.store.current).toEqual({ n: Number.MAX_VALUE });
  });

  it('lets a sum conflict with what is no number, in both orders', () => {
    const text: Body = (s) => (s.n = 'many');
    expect(new Rehearsal({ n: 1 }, { n: 'sum' }).conflict({ A: text, B: (s) => s.n++ }).path).toEqual(['n']);
    expect(new Rehearsal({ n: 1 }, { n: 'sum' }).conflict({ A: (s) => s.n++, B: text }).path).toEqual(['n']);
  });

  it('appends what each has appended, to an absent field too', () => {
    const add =
      (item: string): Body =>
      (s) =>
        (s.log = [...(s.log ?? []), item]);
    const bodies = { A: add('a'), B: add('b'), C: add('a') };
    expect(new Rehearsal({ log: ['x'] }, { log: 'append' }).parallel(bodies)).toEqual({ log: ['x', 'a', 'b', 'a'] });
    expect(new Rehearsal({}, { log: 'append' }).parallel(bodies)).toEqual({ log: ['a', 'b', 'a'] });
    expect(() => new Rehearsal({}).parallel(bodies)).toThrow(StateConflictError);
  });

  it('lets an append conflict with what is no growth, in both orders', () => {
    const push: Body = (s) => s.log.push(3);
    const pop: Body = (s) => s.log.pop();
    expect(new Rehearsal({ log: [1, 2] }, { log: 'append' }).conflict({ A: push, B: pop }).path).toEqual(['log']);
    expect(new Rehearsal({ log: [1, 2] }, { log: 'append' }).conflict({ A: pop, B: push }).path).toEqual(['log']);
  });

  it('calls a function in commit order with base, committed and mine, whenever the field differs', () => {
    const calls: unknown[][] = [];
    const longest: Merge = (...args) => {
      calls.push(structuredClone(args));
      const [, committed, mine] = args as string[];
      return mine.length > committed.length ? mine : committed;
    };
    const rehearsal = new Rehearsal({ t: 'x', other: 0 }, { t: longest });
    const state = rehearsal.parallel({
      A: (s) => (s.t = 'xxx'),
      B: (s) => (s.t = 'xx'),
      C: (s) => (s.other = 1),
      D: (s) => (s.t = 'xxxx'),
    });
    expect(state).toEqual({ t: 'xxxx', other: 1 });
    expect(calls).toEqual([
      ['x', 'x', 'xxx'],
      ['x', 'xxx', 'xx'],
      ['x', 'xxx', 'xxxx'],
    ]);
  });

  it('lets a function write into what it is given without reaching a version', () => {
    const all: Merge<unknown> = (base, committed, mine) => {
      (base as number[]).length = 0;
      (committed as number[]).push(...(mine as number[]));
      return committed;
    };
    const rehearsal = new Rehearsal({ t: [1] }, { t: all });
    const before = rehearsal.store.current;
    expect(rehearsal.parallel({ A: (s) => (s.t = [2]), B: (s) => (s.t = [3]) })).toEqual({ t: [1, 2, 3] });
    expect(before).toEqual({ t: [1] });
  });

  it('lets what a function throws pass, checks what it returns, and has changed nothing then', () => {
    const mine = new Error('mine');
    const failing: Merge = () => {
      throw mine;
    };
    const both: Body = (s) => Object.assign(s, { a: 1, t: 1, z: 1 });
    const throwing = new Rehearsal({ t: 0 }, { t: failing });
    expect(() => throwing.parallel({ A: both })).toThrow(mine);
    expect(throwing.store.current).toEqual({ t: 0 });
    expect(throwing.store.version).toBe(0);
    const odd = new Rehearsal({ t: 0 }, { t: () => ({ when: new Date() }) });
    expect(() => odd.parallel({ A: both })).toThrow(expect.objectContaining({ path: 'state.t.when' }));
    expect(odd.store.current).toEqual({ t: 0 });
  });

  it('takes the field away when a function returns undefined', () => {
    expect(new Rehearsal({ t: 0 }, { t: () => undefined }).parallel({ A: (s) => (s.t = 1) })).toEqual({});
  });
});
