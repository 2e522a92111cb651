import { describe, expect, it } from 'vitest';
import { compareRun } from './compare-run.js';
import { graphOf } from './graph-of.js';
import type { ModelGraph } from './model-graph.js';
import type { Told } from './model-told.js';
import { runScript } from './run-graph.js';

/** What a real run does in this order, and the model with it. */
const follow = async (graph: ModelGraph, ...script: string[]): Promise<Told> =>
  compareRun(await runScript(graph, script));
const startsOf = ({ starts }: Told): string[] => starts.map((keys) => keys.join(' '));
const seen = ({ calls }: Told, key: string) => calls.find((call) => call.key === key)!.seen!;
const taken = (...visits: string[]) => ({ status: visits.at(-1), visits });

describe('a loop', () => {
  it('takes a jump when nothing else of its body is alive', async () => {
    const graph = graphOf({
      h: { to: 'x y' },
      x: { goto: 'h', does: 'goto:h done' },
      y: { goto: 'h' },
    });
    const run = await follow(graph, 'h', 'x', 'y', 'h#2');
    expect(startsOf(run)).toEqual(['h', 'x y', '', 'h#2', 'x#2 y#2', '']);
    expect(seen(run, 'h#2').input).toBe('x>');
  });

  it('does not wait with its jump for what is outside of its body', async () => {
    const graph = graphOf({ h: { to: 'h out', goto: 'out', does: 'done goto:out' }, out: {} });
    expect(startsOf(await follow(graph, 'h', 'h#2', 'out'))).toEqual(['h', 'h#2 out', 'out#2', '', '']);
  });

  it('gives the header the jump of the first source in plan order, and all of them where the header is a join', async () => {
    const graph = graphOf({
      a: { to: 'b h' },
      b: { to: 'h' },
      h: { to: 'x y' },
      x: { goto: 'h', does: 'goto:h done' },
      y: { goto: 'h', does: 'goto:h done' },
    });
    const run = await follow(graph, 'a', 'b', 'h', 'y', 'x', 'h#2');
    expect(seen(run, 'h')).toMatchObject({ input: 'a!', inputs: { a: 'a!', b: 'b!' } });
    expect(seen(run, 'h#2')).toMatchObject({ input: 'x>', inputs: { x: 'x>', y: 'y>' } });
  });

  it('lets entries in one after the other, a pending jump first', async () => {
    const graph = graphOf({
      a: { to: 'h a', goto: 'h', does: 'done goto:h' },
      h: { goto: 'h', does: 'goto:h done' },
    });
    const run = await follow(graph, 'a', 'a#2', 'h', 'h#2', 'h#3');
    expect(startsOf(run)).toEqual(['a', 'a#2 h', '', 'h#2', 'h#3', '']);
    expect([seen(run, 'h#2').input, seen(run, 'h#3').input]).toEqual(['h>', 'a#2>']);
  });

  it('decides its joins anew in every round', async () => {
    const graph = graphOf({
      h: { to: 'b c' },
      b: { to: 'j', does: 'skip done' },
      c: { to: 'j' },
      j: { goto: 'h', does: 'goto:h done' },
    });
    const run = await follow(graph, 'h', 'b c', 'j', 'h#2', 'b#2', 'c#2');
    expect(seen(run, 'j').inputs).toEqual({ c: 'c!' });
    expect(seen(run, 'j#2').inputs).toEqual({ b: 'b#2!', c: 'c#2!' });
  });

  it('runs a loop inside it to its end in each of its rounds', async () => {
    const graph = graphOf({
      h: { to: 'i' },
      i: { to: 'o', goto: 'i', does: 'goto:i done goto:i done' },
      o: { goto: 'h', join: 'all', does: 'goto:h done' },
    });
    const run = await follow(graph);
    expect(startsOf(run)).toEqual(['h', 'i', 'i#2', 'o', 'h#2', 'i#3', 'i#4', 'o#2', '']);
  });

  it('is ended by maxVisits, which no handler and no any-join takes', async () => {
    const graph = graphOf(
      { a: { to: 'h b' }, h: { to: 'h', goto: 'j' }, b: { to: 'j' }, j: { join: 'any' } },
      { maxVisits: 3, catchAll: { does: 'skip', writes: [] } },
    );
    const run = await follow(graph, 'a', 'h', 'h#2', 'h#3');
    expect(run).toMatchObject({ status: 'failed', failure: 'h', ledger: { h: taken('done', 'done', 'done') } });
    expect(run.ledger['b']).toEqual(taken('cancelled'));
  });
});

describe('behind a loop', () => {
  const twice = { to: 'h x', goto: 'x', does: 'done goto:x' };

  it('a step with one edge runs at each arrival, a join once, with the last arrival of each', async () => {
    const graph = graphOf({ h: twice, x: { to: 'j' }, y: { to: 'j', entry: true }, j: {} });
    const both = { ...graph, steps: graph.steps.map((step) => (step.name === 'h' ? { ...step, entry: true } : step)) };
    const run = await follow(both, 'y', 'h', 'h#2', 'x#2', 'x');
    expect(startsOf(run)).toEqual(['h y', '', 'h#2 x', 'x#2', '', 'j', '']);
    expect(seen(run, 'j').inputs).toEqual({ x: 'x!', y: 'y!' });
  });

  it("a step that says join: 'all' waits for the end of the loop", async () => {
    const graph = graphOf({ h: twice, x: { join: 'all' } });
    const run = await follow(graph, 'h', 'h#2', 'x');
    expect(startsOf(run)).toEqual(['h', 'h#2', 'x', '']);
    expect(seen(run, 'x').inputs).toEqual({ h: 'h#2>' });
  });

  it('an any-join does not wait, and a loop that leads only to it has lost with its jumps', async () => {
    const graph = graphOf({
      a: { to: 'h b' },
      b: { to: 'j' },
      h: { to: 'x y' },
      x: { to: 'j', goto: 'h', does: 'goto:h' },
      y: { to: 'j', goto: 'h' },
      j: { join: 'any' },
    });
    const run = await follow(graph, 'a', 'h', 'x', 'b');
    expect(startsOf(run)).toEqual(['a', 'b h', 'x y', '', 'j', '']);
    expect(run.ledger).toMatchObject({ h: taken('done'), y: taken('lost'), j: taken('done') });
  });

  it('is dead what no round has led to', async () => {
    const graph = graphOf({ h: { to: 'x', goto: 'h', does: 'goto:h skip' }, x: { to: 'y' }, y: {} });
    const { ledger } = await follow(graph);
    expect(ledger).toMatchObject({ x: { why: 'dead', by: 'h' }, y: { why: 'dead', by: 'h' } });
  });
});

describe("join: 'any' inside a loop", () => {
  const graph = graphOf({
    h: { to: 'b c' },
    b: { to: 'j', does: 'fail done' },
    c: { to: 'j' },
    j: { join: 'any', goto: 'h', does: 'goto:h done' },
  });

  it('is decided in each round, and its losers are those of that round', async () => {
    const run = await follow(graph, 'h', 'c', 'b', 'j', 'h#2', 'b#2', 'c#2');
    expect(run.ledger).toMatchObject({ b: taken('lost', 'done'), c: taken('done', 'lost'), j: taken('done', 'done') });
    expect(seen(run, 'j#2').inputs).toEqual({ b: 'b#2!' });
  });

  it('survives a failure of its own round', async () => {
    const run = await follow(graph, 'h', 'b', 'c');
    expect(run).toMatchObject({
      status: 'success',
      errors: [{ step: 'b' }],
      ledger: { b: { visits: ['failed', 'done'] } },
    });
  });

  it('does not survive a failure before its loop', async () => {
    const outside = graphOf({ a: { to: 'h', does: 'fail' }, h: { to: 'j' }, j: { join: 'any', goto: 'h' } });
    expect(await follow(outside)).toMatchObject({ status: 'failed', failure: 'a', ledger: { j: { why: 'ended' } } });
  });
});

describe('a switch and a goto', () => {
  it('a case gets the own input of the switch, whose key is its output; null leads to the end', async () => {
    const cases = { yes: 'b', no: null };
    const graph = graphOf({ a: { to: 's' }, s: { kind: 'switch', cases, does: ':yes' }, b: {} });
    const run = await follow(graph);
    expect(seen(run, 'b').input).toBe('a!');
    expect(run.outputs['s']).toBe('yes');
    const ended = await follow(graphOf({ s: { kind: 'switch', cases, does: ':no' }, b: {} }));
    expect(ended).toMatchObject({ status: 'success', ledger: { b: { why: 'dead', by: 's' } } });
  });

  it('a key without a case takes the default, and fails without one', async () => {
    const cases = { yes: 'b' };
    const open = graphOf({ s: { kind: 'switch', cases, otherwise: 'c', does: ':maybe' }, b: {}, c: {} });
    expect((await follow(open)).ledger).toMatchObject({ b: { why: 'dead' }, c: taken('done') });
    const closed = graphOf({ s: { kind: 'switch', cases, does: ':maybe' }, b: {} });
    expect(await follow(closed)).toMatchObject({ status: 'failed', failure: 's' });
  });

  it('a handler stands in for the choice of a switch', async () => {
    const handler = { does: 'recover', key: 'yes', writes: [] } as const;
    const graph = graphOf({ a: { to: 's' }, s: { kind: 'switch', cases: { yes: 'b' }, does: 'fail', handler }, b: {} });
    expect(seen(await follow(graph), 'b').input).toBe('a!');
  });

  it('a goto replaces the other edges, and its input stands for the output on its own', async () => {
    const graph = graphOf({ a: { to: 'b c', goto: 'j', does: 'goto:j' }, b: { to: 'j' }, c: {}, j: {} });
    const run = await follow(graph);
    expect(seen(run, 'j')).toMatchObject({ input: 'a>', inputs: { a: 'a>' }, outputs: {} });
    expect(run.ledger).toMatchObject({ b: { why: 'dead', by: 'a' }, c: { why: 'dead', by: 'a' } });
  });
});
