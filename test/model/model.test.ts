import { describe, expect, it } from 'vitest';
import { graphOf } from './graph-of.js';
import type { Write } from './model-graph.js';
import { replay, type Reported } from './replay.js';
import type { Told } from './model-told.js';

const all = (status: Reported['status'], names: string): Reported[] => names.split(' ').map((key) => ({ key, status }));
const done = (names: string) => all('done', names);
const failed = (names: string) => all('failed', names);
const skipped = (names: string) => all('skipped', names);
const cancelled = (names: string) => all('cancelled', names);

const taken = (status: string) => ({ status, visits: [status] });
const dead = (by: string) => ({ status: 'not taken', visits: [], why: 'dead', by });
const not = (why: string) => ({ status: 'not taken', visits: [], why });

const seen = (run: Told, name: string) => run.calls.find(({ key }) => key === name)!.seen!;

const diamond = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd' }, d: {} });

describe('joins', () => {
  it('starts a join once, when both parents have arrived, with the outputs of both', () => {
    const run = replay(diamond, [done('a'), done('c'), done('b'), done('d')]);
    expect(run.starts).toEqual([['a'], ['b', 'c'], [], ['d'], []]);
    expect(seen(run, 'd')).toMatchObject({ input: 'b!', inputs: { b: 'b!', c: 'c!' } });
    expect(seen(run, 'b')).toEqual({ input: 'a!', outputs: { a: 'a!' }, state: {} });
    expect(run.status).toBe('success');
  });

  it('does not count a skipped parent', () => {
    const run = replay(diamond, [done('a'), [...skipped('b'), ...done('c')], done('d')]);
    expect(seen(run, 'd')).toMatchObject({ input: 'c!', inputs: { c: 'c!' } });
    expect(run.ledger).toMatchObject({ b: taken('skipped'), d: taken('done') });
  });

  it('lets a join die whose parents have all been skipped, and blames the first in plan order', () => {
    const graph = graphOf({ c: { to: 'd' }, a: { to: 'b c' }, b: { to: 'd' }, d: { to: 'e' }, e: {} });
    const run = replay(graph, [done('a'), skipped('b'), skipped('c')]);
    expect(run.ledger).toMatchObject({ d: dead('c'), e: dead('c') });
    expect(run.status).toBe('success');
  });

  it('goes by plan order: topological, ties by declaration', () => {
    const graph = graphOf({ d: {}, c: { to: 'd' }, b: { to: 'd' }, a: { to: 'b c' } });
    expect(replay(graph, [done('a'), done('b c'), done('d')]).starts).toEqual([['a'], ['c', 'b'], ['d'], []]);
  });

  it('starts all entries together', () => {
    const graph = graphOf({ a: { to: 'c', entry: true }, b: { to: 'c', entry: true }, c: {} });
    const run = replay(graph, [done('b'), done('a'), done('c')]);
    expect(run.starts).toEqual([['a', 'b'], [], ['c'], []]);
    expect(seen(run, 'a').input).toBeUndefined();
  });
});

describe('failures', () => {
  it('cancels what is alive, starts nothing that the same report made ready, and drops later outcomes', () => {
    const graph = graphOf({ a: { to: 'b c d e' }, b: { to: 'f' }, c: {}, d: {}, e: {}, f: {} });
    const run = replay(graph, [done('a'), [...failed('c d'), ...done('b')], cancelled('e')]);
    expect(run.starts).toEqual([['a'], ['b', 'c', 'd', 'e'], [], []]);
    expect(run.cancelled).toEqual([[], ['e'], []]);
    expect(run.ledger).toMatchObject({ b: taken('done'), c: taken('failed'), d: taken('cancelled'), f: not('ended') });
    expect(run).toMatchObject({ status: 'failed', failure: 'c', errors: [{ step: 'c' }] });
  });

  it('names a body that was left behind as abandoned', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: {}, c: {} });
    const run = replay(graph, [done('a'), failed('b'), all('abandoned', 'c')]);
    expect(run.ledger['c']).toEqual(taken('abandoned'));
  });

  it('says dead of what was dead before the end', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'e' }, d: {}, e: {} });
    const run = replay(graph, [done('a'), [...skipped('b'), ...failed('c')]]);
    expect(run.ledger).toMatchObject({ d: dead('b'), e: not('ended') });
  });
});

describe("join: 'any'", () => {
  const race = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd' }, d: { join: 'any' } });

  it('takes the first success and cancels the loser', () => {
    const run = replay(race, [done('a'), done('c'), [...cancelled('b'), ...done('d')]]);
    expect(seen(run, 'd')).toMatchObject({ input: 'c!', inputs: { c: 'c!' } });
    expect(run.cancelled).toEqual([[], ['b'], []]);
    expect(run.ledger).toMatchObject({ b: taken('lost'), d: taken('done') });
    expect(run.outputs).toEqual({ a: 'a!', c: 'c!', d: 'd!' });
  });

  it('drops a success that the same report brings too late', () => {
    const run = replay(race, [done('a'), done('b c'), done('d')]);
    expect(run.ledger['c']).toEqual(taken('lost'));
    expect(run.cancelled).toEqual([[], [], []]);
  });

  it('survives a failure', () => {
    const run = replay(race, [done('a'), failed('b'), done('c'), done('d')]);
    expect(run).toMatchObject({
      status: 'success',
      errors: [{ step: 'b' }],
      ledger: { b: taken('failed'), d: taken('done') },
    });
  });

  it('fails as an activation when all have failed, in the order reported', () => {
    const run = replay(race, [done('a'), failed('c'), failed('b'), failed('d')]);
    expect(run.starts).toEqual([['a'], ['b', 'c'], [], ['d'], []]);
    expect(run).toMatchObject({
      status: 'failed',
      failure: 'd',
      errors: [{ step: 'c' }, { step: 'b' }, { step: 'd', of: ['c', 'b'] }],
    });
    expect(run.calls.at(-1)).not.toHaveProperty('seen');
  });

  it('fails when one has failed and the rest is dead, and is dead when all were skipped', () => {
    expect(replay(race, [done('a'), failed('c'), skipped('b'), failed('d')]).errors.at(-1)).toEqual({
      step: 'd',
      of: ['c'],
    });
    expect(replay(race, [done('a'), skipped('c'), skipped('b')]).ledger['d']).toEqual(dead('b'));
  });

  it('may be recovered, and goes on then', () => {
    const graph = graphOf({ a: { to: 'b' }, b: { to: 'c', join: 'any' }, c: {} });
    const run = replay(graph, [failed('a'), all('recovered', 'b'), done('c')]);
    expect(run).toMatchObject({ status: 'success', errors: [{ step: 'a' }], outputs: { b: 'b~', c: 'c!' } });
    expect(seen(run, 'c').input).toBe('b~');
  });

  it('is survived in turn by an any-join behind it', () => {
    const graph = graphOf({
      s: { to: 'a c' },
      a: { to: 'b' },
      b: { to: 'd', join: 'any' },
      c: { to: 'd' },
      d: { join: 'any' },
    });
    const run = replay(graph, [done('s'), failed('a'), failed('b'), done('c'), done('d')]);
    expect(run).toMatchObject({ status: 'success', errors: [{ step: 'a' }, { step: 'b', of: ['a'] }] });
  });

  it('lets a loser go on that feeds another step, and ignores its later arrival', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd e' }, d: { join: 'any' }, e: {} });
    const run = replay(graph, [done('a'), done('b'), done('c'), done('d e')]);
    expect(run.starts).toEqual([['a'], ['b', 'c'], ['d'], ['e'], []]);
    expect(run.cancelled).toEqual([[], [], [], []]);
    expect(run.ledger).toMatchObject({ c: taken('done'), e: taken('done') });
    expect(seen(run, 'd').inputs).toEqual({ b: 'b!' });
  });

  it('fails the run by a failure that leads elsewhere too', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd e' }, d: { join: 'any' }, e: {} });
    const run = replay(graph, [done('a'), failed('c'), cancelled('b')]);
    expect(run).toMatchObject({
      status: 'failed',
      ledger: { b: taken('cancelled'), d: not('ended'), e: not('ended') },
    });
  });

  it('kills the all-joins between a survived failure and itself at once', () => {
    const graph = graphOf({
      a: { to: 'b c x' },
      b: { to: 'm' },
      c: { to: 'm y' },
      m: { to: 'j' },
      x: { to: 'j' },
      y: {},
      j: { join: 'any' },
    });
    const run = replay(graph, [done('a'), failed('b'), done('c'), done('x'), done('j y')]);
    expect(run.starts).toEqual([['a'], ['b', 'c', 'x'], [], ['y'], ['j'], []]);
    expect(run.ledger).toMatchObject({ m: dead('b'), b: taken('failed') });
  });

  it('starts no step that could only have led to it, also where the same report made it ready', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'e' }, d: { to: 'e' }, e: { join: 'any' } });
    const run = replay(graph, [done('a'), done('b c'), done('e')]);
    expect(run.starts).toEqual([['a'], ['b', 'c'], ['e'], []]);
    expect(run.ledger['d']).toEqual(dead('e'));
  });

  /** When `t` fails, `j` survives that; `c`, an all-join between the two, is dead, and so is `k`, while `s` still runs. */
  const deadAhead = {
    t: { to: 'c j' },
    s: { to: 'c' },
    c: { to: 'k' },
    k: { join: 'any', to: 'j' },
    j: { join: 'any' },
  } as const;

  it('fails the run by a failure whose any-join is dead already', () => {
    const graph = graphOf({ a: { to: 's t z' }, z: { to: 'j' }, ...deadAhead });
    const run = replay(graph, [done('a'), failed('t'), failed('s'), cancelled('z')]);
    expect(run).toMatchObject({ status: 'failed', failure: 's', errors: [{ step: 't' }, { step: 's' }] });
    expect(run.ledger).toMatchObject({ c: dead('t'), k: dead('t'), z: taken('cancelled'), j: not('ended') });
  });

  it('cancels what leads to it also when it is decided by failing', () => {
    const run = replay(graphOf({ a: { to: 's t' }, ...deadAhead }), [
      done('a'),
      failed('t'),
      cancelled('s'),
      failed('j'),
    ]);
    expect(run).toMatchObject({ errors: [{ step: 't' }, { step: 'j', of: ['t'] }], ledger: { s: taken('lost') } });
    expect(run.cancelled).toEqual([[], ['s'], [], []]);
  });
});

describe('stop', () => {
  const stop = (key: string): Reported[] => [{ key, status: 'done', stop: true }];

  it('lets what is alive end and commit, and starts nothing new', () => {
    const inc: Write[] = [{ op: 'inc', path: ['n'] }];
    const graph = graphOf(
      { a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'e', writes: inc }, d: {}, e: {} },
      { state: { n: 0 } },
    );
    const run = replay(graph, [done('a'), stop('b'), done('c')]);
    expect(run).toMatchObject({ status: 'success', state: { n: 1 }, cancelled: [[], [], []] });
    expect(run.ledger).toMatchObject({ b: taken('done'), c: taken('done'), d: not('stopped'), e: not('stopped') });
  });

  it('says dead of what was dead before it', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: {}, d: {} });
    expect(replay(graph, [done('a'), [...skipped('b'), ...stop('c')]]).ledger['d']).toEqual(dead('b'));
    expect(replay(graph, [done('a'), stop('c'), skipped('b')]).ledger['d']).toEqual(not('stopped'));
  });

  it('still fails by a failure, also by one that a join would have survived', () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: {}, d: { join: 'any' } });
    const run = replay(graph, [done('a'), stop('c'), failed('b')]);
    expect(run).toMatchObject({ status: 'failed', errors: [{ step: 'b' }], ledger: { d: not('stopped') } });
  });
});

describe('state', () => {
  const fifty = Array.from({ length: 50 }, (_, i) => `s${i}`);
  const wide = (writes: readonly Write[]) => ({
    a: { to: fifty.join(' ') },
    ...Object.fromEntries(fifty.map((name) => [name, { to: 'z', writes }])),
    z: {},
  });
  const inc: Write[] = [{ op: 'inc', path: ['n'] }];

  it('makes fifty parallel increments a conflict of the first two', () => {
    const run = replay(graphOf(wide(inc), { state: { n: 0 } }), [done('a'), done(fifty.join(' '))]);
    expect(run).toMatchObject({
      status: 'failed',
      failure: 's1',
      state: { n: 1 },
      errors: [{ step: 's1', others: ['s0'] }],
    });
    expect(run.errors.at(-1)).toEqual({ step: 's1', others: ['s0'] });
    expect(run.ledger).toMatchObject({
      s0: taken('done'),
      s1: taken('failed'),
      s2: taken('cancelled'),
      z: not('ended'),
    });
    expect(run.outputs).toEqual({ a: 'a!', s0: 's0!' });
  });

  it('adds fifty parallel increments up where the class says sum', () => {
    const graph = graphOf(wide(inc), { state: { n: 0 }, merge: { n: 'sum' } });
    const run = replay(graph, [
      done('a'),
      done(fifty.slice(20).join(' ')),
      done(fifty.slice(0, 20).join(' ')),
      done('z'),
    ]);
    expect(run).toMatchObject({ status: 'success', state: { n: 50 } });
  });

  /** Two parallel steps, `b` reported before `c`. */
  const pair = (b: Write[], c: Write[], state: Record<string, unknown>) =>
    replay(graphOf({ a: { to: 'b c' }, b: { writes: b }, c: { writes: c } }, { state }), [
      done('a'),
      done('b'),
      done('c'),
    ]);
  const set = (path: string, value: unknown): Write[] => [{ op: 'set', path: path.split('.'), value }];
  const push = (path: string, value: unknown): Write[] => [{ op: 'push', path: path.split('.'), value }];
  const del = (path: string): Write[] => [{ op: 'delete', path: path.split('.') }];

  it('merges different paths, growth, equal flags and equal deletions', () => {
    expect(pair(set('o.x', 1), set('o.y', 2), { o: {} }).state).toEqual({ o: { x: 1, y: 2 } });
    expect(pair(push('l', 1), push('l', 1), { l: [] }).state).toEqual({ l: [1, 1] });
    expect(pair(push('l', 3), set('l.0', 9), { l: [1, 2] }).state).toEqual({ l: [9, 2, 3] });
    expect(pair(set('f', true), set('f', true), { f: false }).state).toEqual({ f: true });
    expect(pair(set('f', null), set('f', null), { f: 1 }).state).toEqual({ f: null });
    expect(pair(del('o.x'), del('o.x'), { o: { x: 1 } }).state).toEqual({ o: {} });
    expect(pair(set('o', { x: 1, y: 3 }), set('o.x', 2), { o: { x: 1, y: 1 } }).state).toEqual({ o: { x: 2, y: 3 } });
  });

  it('refuses everything else, equal values included', () => {
    const conflict = { step: 'c', others: ['b'] };
    expect(pair(set('n', 1), set('n', 1), { n: 0 }).errors.at(-1)).toEqual(conflict);
    expect(pair(set('f', true), set('f', null), { f: false }).errors.at(-1)).toEqual(conflict);
    expect(pair(del('o'), set('o.x', 2), { o: { x: 1 } }).errors.at(-1)).toEqual(conflict);
    expect(pair(set('o.x', 2), set('o', 7), { o: { x: 1 } }).errors.at(-1)).toEqual(conflict);
    expect(pair(push('l', 1), set('l', []), { l: [0] }).errors.at(-1)).toEqual(conflict);
    expect(pair(set('o', {}), set('o', {}), {}).errors.at(-1)).toEqual(conflict);
  });

  it('sees a conflict although the path has its old value again', () => {
    const graph = graphOf(
      { a: { to: 'b c' }, b: { to: 'd', writes: set('n', 1) }, c: { writes: set('n', 5) }, d: { writes: set('n', 0) } },
      { state: { n: 0 } },
    );
    const run = replay(graph, [done('a'), done('b'), done('d'), done('c')]);
    expect(run.errors.at(-1)).toEqual({ step: 'c', others: ['d'] });
    expect(run.state).toEqual({ n: 0 });
  });

  it('names the step that last committed the path, also if that change alone would have fitted', () => {
    const graph = graphOf(
      {
        a: { to: 'b c' },
        b: { to: 'd', writes: set('f', true) },
        c: { writes: set('f', null) },
        d: { writes: set('f', null) },
      },
      { state: { f: false } },
    );
    const run = replay(graph, [done('a'), done('b'), done('d'), done('c')]);
    expect(run.errors.at(-1)).toEqual({ step: 'c', others: ['d'] });
  });

  it('shows a step the version of its start, also if it commits much later', () => {
    const graph = graphOf(
      { a: { to: 'b c' }, b: { to: 'd', writes: set('x', 1) }, c: { writes: set('y', 1) }, d: {} },
      { state: {} },
    );
    const run = replay(graph, [done('a'), done('b'), done('c'), done('d')]);
    expect([seen(run, 'c').state, seen(run, 'd').state]).toEqual([{}, { x: 1 }]);
  });

  it("keeps a failed step's writes out and its handler's in", () => {
    const graph = graphOf(
      { a: { does: 'fail', writes: set('x', 1), handler: { does: 'recover', writes: set('y', 1) } } },
      { state: {} },
    );
    expect(replay(graph, [all('recovered', 'a')]).state).toEqual({ y: 1 });
  });
});
