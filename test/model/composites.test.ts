import { describe, expect, it } from 'vitest';
import { compareRun } from './compare-run.js';
import { graphOf } from './graph-of.js';
import type { ModelGraph, Write } from './model-graph.js';
import type { Told } from './model-told.js';
import { runScript } from './run-graph.js';

/** What a real run does in this order, and the model with it. */
const follow = async (graph: ModelGraph, ...script: string[]): Promise<Told> =>
  compareRun(await runScript(graph, script));
const startsOf = ({ starts }: Told): string[] => starts.map((keys) => keys.join(' '));
const push: Write[] = [{ op: 'push', path: ['hits'], value: 1 }];
const inc: Write[] = [{ op: 'inc', path: ['n'] }];

describe('an each', () => {
  const of = (each: object, rest: Partial<ModelGraph> = {}) =>
    graphOf({ a: { to: 'e', does: '*3' }, e: { kind: 'each', to: 'z', ...each }, z: {} }, rest);

  it('gives its results in the order of its items, whatever their order was, some at once', async () => {
    const run = await follow(of({ concurrency: 2 }), 'a', 'e', 'e[1]', 'e[2]', 'e[0]');
    expect(startsOf(run)).toEqual(['a', 'e', 'e[0] e[1]', 'e[2]', '', 'z', '']);
    expect(run.outputs['e']).toEqual(['e[0]!', 'e[1]!', 'e[2]!']);
  });

  it('leaves out what was skipped, and fails by its first failure, which cancels the others', async () => {
    const skipping = await follow(of({ does: 'skip done' }));
    expect(skipping).toMatchObject({ outputs: { e: ['e[1]!'] }, ledger: { e: { items: { skipped: 2, done: 1 } } } });
    const failing = await follow(of({ does: 'done fail' }), 'a', 'e', 'e[1]');
    expect(failing).toMatchObject({ status: 'failed', ledger: { e: { items: { failed: 1, cancelled: 2 } } } });
  });

  it('skips or collects failures where it says so', async () => {
    const skip = await follow(of({ does: 'fail done', onItemError: 'skip' }));
    expect(skip).toMatchObject({
      status: 'success',
      outputs: { e: ['e[1]!'] },
      errors: [{ step: 'e' }, { step: 'e' }],
    });
    const collect = await follow(of({ does: 'fail done', onItemError: 'collect' }));
    expect(collect).toMatchObject({ status: 'failed', ledger: { e: { items: { failed: 2, done: 1 } } } });
    expect(collect.errors.at(-1)).toEqual({ step: 'e', of: ['e', 'e'] });
  });

  it('ends with what ran when an item stops the pipeline', async () => {
    const run = await follow(of({ does: 'stop done', concurrency: 2 }), 'a', 'e', 'e[0]', 'e[1]');
    expect(startsOf(run)).toEqual(['a', 'e', 'e[0] e[1]', '', '']);
    expect(run).toMatchObject({ status: 'success', outputs: { e: ['e[1]!'] }, ledger: { z: { why: 'stopped' } } });
  });

  it('commits its items in order of index when it ends, each of them from the state of its beginning', async () => {
    const run = await follow(of({ writes: push }, { state: { hits: [] } }), 'a', 'e', 'e[2] e[0]', 'e[1]');
    expect(run.state).toEqual({ hits: [1, 1, 1] });
    expect(run.calls.filter(({ key }) => key.startsWith('e[')).map(({ state }) => state)).toEqual(
      Array.from({ length: 3 }, () => ({ hits: [] })),
    );
  });

  it('fails by a conflict of its items as soon as the second has ended', async () => {
    const run = await follow(of({ writes: inc }, { state: { n: 0 } }), 'a', 'e', 'e[2]', 'e[0]');
    expect(run).toMatchObject({ status: 'failed', state: { n: 0 }, errors: [{ step: 'e[0]', others: ['e[2]'] }] });
    expect(run.ledger['e']).toMatchObject({ items: { done: 1, failed: 1, cancelled: 1 } });
  });
});

describe('a sub-pipeline', () => {
  const of = (sub: object, child: ModelGraph, rest: Partial<ModelGraph> = {}) =>
    graphOf({ a: { kind: 'sub', child: 0, to: 'b', ...sub }, b: {} }, { children: [child], ...rest });

  it('gives the final state of its child, even if that has stopped itself', async () => {
    const child = graphOf({ x: { to: 'y', writes: inc, does: 'stop' }, y: {} }, { state: { n: 1 } });
    const run = await follow(of({}, child));
    expect(startsOf(run)).toEqual(['a', 'a/x', 'b', '']);
    expect(run.outputs['a']).toEqual({ n: 2, caller: 'a' });
  });

  it('is tried again with a new child from the same state, then handled', async () => {
    const child = graphOf({ x: { does: 'fail' } });
    const handler = { does: 'recover', writes: [] } as const;
    const run = await follow(of({ attempts: 2, handler }, child));
    expect(startsOf(run)).toEqual(['a', 'a/x', 'a', 'a/x', 'a', 'b', '']);
    expect(run).toMatchObject({ outputs: { a: 'a~' }, errors: [{ step: 'x' }, { step: 'x' }] });
  });

  it('fails by a child that runs away, whatever it says', async () => {
    const child = graphOf({ x: { to: 'x' } }, { maxVisits: 2 });
    const handler = { does: 'recover', writes: [] } as const;
    expect(await follow(of({ attempts: 3, handler }, child))).toMatchObject({ status: 'failed', failure: 'x' });
  });

  it('goes on after a stop of its parent', async () => {
    const child = graphOf({ x: { to: 'y' }, y: {} });
    const graph = graphOf(
      { a: { kind: 'sub', child: 0, entry: true }, b: { does: 'stop', entry: true } },
      { children: [child] },
    );
    const run = await follow(graph, 'a', 'b', 'a/x');
    expect(run).toMatchObject({ status: 'success', outputs: { a: { caller: 'a' } } });
    expect(startsOf(run)).toEqual(['a b', 'a/x', '', 'a/y', '']);
  });
});

describe('a suspension', () => {
  const graph = graphOf({
    a: { to: 'b c d' },
    b: { to: 'j', does: 'suspend' },
    c: { to: 'j', does: 'suspend' },
    d: {},
    j: {},
  });

  it('lets other branches go on; answers may come one by one', async () => {
    const run = await follow(graph, 'a', 'b', 'c', 'd', '? c', '? b');
    expect(startsOf(run)).toEqual(['a', 'b c d', '', '', '', '', 'j', '']);
    expect(run).toMatchObject({ status: 'success', outputs: { b: 'b?', c: 'c?', j: 'j!' } });
  });

  it('holds a loop, and loses by an any-join', async () => {
    const loop = graphOf({
      h: { to: 'x y' },
      x: { goto: 'h', does: 'goto:h done' },
      y: { goto: 'h', does: 'suspend done' },
    });
    expect(startsOf(await follow(loop, 'h', 'x', 'y'))).toEqual(['h', 'x y', '', '', 'h#2', 'x#2 y#2', '']);
    const race = graphOf({ a: { to: 'b c' }, b: { to: 'j', does: 'suspend' }, c: { to: 'j' }, j: { join: 'any' } });
    expect((await follow(race, 'a', 'b', 'c')).ledger['b']).toEqual({ status: 'lost', visits: ['lost'] });
  });

  it('is skipped where a stop ends its pipeline', async () => {
    const stopped = graphOf({ a: { to: 'b c' }, b: { does: 'suspend' }, c: { does: 'stop' } });
    expect(await follow(stopped, 'a', 'b', 'c')).toMatchObject({
      status: 'success',
      ledger: { b: { status: 'skipped' } },
    });
  });

  it('of an item gives the others their turn, and its answer is the result', async () => {
    const each = graphOf({ a: { to: 'e', does: '*2' }, e: { kind: 'each', concurrency: 1, does: 'suspend done' } });
    const run = await follow(each);
    expect(startsOf(run)).toEqual(['a', 'e', 'e[0]', 'e[1]', '', '']);
    expect(run.outputs['e']).toEqual(['e[0]?', 'e[1]!']);
  });

  it('inside a child waits in its parent too', async () => {
    const child = graphOf({ x: { to: 'y', does: 'suspend' }, y: {} });
    const run = await follow(graphOf({ a: { kind: 'sub', child: 0, to: 'b' }, b: {} }, { children: [child] }));
    expect(startsOf(run)).toEqual(['a', 'a/x', '', 'a/y', 'b', '']);
  });
});
