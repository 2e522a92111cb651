import { describe, expect, it } from 'vitest';
import { compareRun } from './compare-run.js';
import { graphOf } from './graph-of.js';
import { runScript, type Played } from './run-graph.js';

const typesOf = ({ segments }: Played, name: string): string[] =>
  segments
    .flatMap(({ events }) =>
      events.filter((event) => 'step' in event && event.step === name && event.type !== 'custom'),
    )
    .map(({ type }) => type);

/** The smallest graphs of what random ones have found. */
describe('found by random graphs', () => {
  it('kills every all-join between a survived failure and its any-join, also one that another parent has reached', async () => {
    const graph = graphOf({
      a: { to: 'b m n' },
      b: { to: 'm', does: 'fail' },
      m: { to: 'n' },
      n: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'b']);
    expect(played.segments[0].engine.starts).toEqual([['a'], ['b'], ['j'], []]);
    expect(compareRun(played).ledger).toMatchObject({ m: { by: 'b' }, n: { by: 'b' }, j: { status: 'failed' } });
  });

  it('kills such an all-join also if the same report had made it ready', async () => {
    const graph = graphOf({
      a: { to: 'z t w' },
      z: { to: 'm' },
      t: { to: 'k j', does: 'fail' },
      w: { to: 'k' },
      k: { to: 'm', join: 'any' },
      m: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'w', 'k', 'z t', 'j']);
    expect(played.segments[0].engine.starts).toEqual([['a'], ['z', 't', 'w'], ['k'], [], ['j'], []]);
    expect(compareRun(played).ledger).toMatchObject({ m: { by: 't' }, j: { status: 'failed' } });
  });

  it('blames the failed step also for what was dead behind an all-join that it killed', async () => {
    const graph = graphOf({
      a: { to: 'c b x' },
      c: { to: 'm' },
      b: { to: 'm', does: 'fail' },
      m: { to: 'n' },
      n: { to: 'j' },
      x: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'b', 'c', 'x']);
    expect(played.segments[0].result.ledger).toMatchObject({ m: { by: 'b' }, n: { by: 'b' }, j: { status: 'done' } });
    compareRun(played);
  });

  it('does not tell of a failure that came after the run had failed', async () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { does: 'fail' }, c: { does: 'fail' } });
    const played = await runScript(graph, ['a', 'b c']);
    const told = typesOf(played, 'c');
    expect(told).toEqual(['step-start', 'step-cancel']);
    compareRun(played);
  });

  it('does not tell of a failure that came after its any-join was decided', async () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd', does: 'fail' }, d: { join: 'any' } });
    const played = await runScript(graph, ['a', 'b c']);
    const told = typesOf(played, 'c');
    expect(told).toEqual(['step-start', 'step-cancel']);
    compareRun(played);
  });

  it('cancels what leads only to an any-join that can do nothing but fail', async () => {
    const graph = graphOf({
      a: { to: 's t' },
      s: { to: 'c' },
      t: { to: 'c', does: 'fail' },
      c: { to: 'j' },
      j: { join: 'any', handler: { does: 'recover', writes: [] } },
    });
    const played = await runScript(graph, ['a', 't', 'j']);
    expect(played.segments[0].result.ledger).toMatchObject({
      s: { status: 'lost' },
      c: { by: 't' },
      j: { status: 'recovered' },
    });
    compareRun(played);
  });

  it('lets nothing start that the report of a stop had made ready before it', async () => {
    const graph = graphOf({ a: { to: 'b c', does: '*2' }, b: { kind: 'each' }, c: { does: 'stop' } });
    const played = await runScript(graph, ['a', 'b c']);
    expect(played.segments[0].engine.starts).toEqual([['a'], ['b', 'c'], []]);
    expect(compareRun(played)).toMatchObject({ status: 'success', outputs: { b: [] } });
  });

  it('lets nothing start that the report of a failure had made ready before it', async () => {
    const child = graphOf({ x: { does: 'fail' } });
    const graph = graphOf(
      { a: { to: 'b c' }, b: { kind: 'sub', child: 0 }, c: { does: 'fail' } },
      { children: [child] },
    );
    const played = await runScript(graph, ['a', 'b', 'b/x c']);
    expect(played.segments[0].engine.starts).toEqual([['a'], ['b', 'c'], ['b/x'], []]);
    expect(compareRun(played).ledger['b']).toMatchObject({ status: 'cancelled' });
  });

  it('drops a call of a child that the report of a failure brings too late', async () => {
    const graph = graphOf(
      { a: { to: 'b c' }, b: { does: 'fail' }, c: { kind: 'sub', child: 0 } },
      { children: [graphOf({ x: {} })] },
    );
    const played = await runScript(graph, ['a', 'b c']);
    expect(compareRun(played)).toMatchObject({ status: 'failed', ledger: { c: { status: 'cancelled' } } });
  });

  it('still names the step of a failure that was survived before a suspension', async () => {
    const graph = graphOf({
      a: { to: 'b c' },
      b: { to: 'j', does: 'fail' },
      c: { to: 'j', does: 'suspend' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'b', 'c']);
    expect(played.segments[1].result.errors).toMatchObject([{ step: 'b' }]);
    compareRun(played);
  });

  it('leaves what was to be answered as it is when a segment is cancelled before it has begun', async () => {
    const graph = graphOf({ a: { to: 'b', does: 'suspend' }, b: {} });
    const played = await runScript(graph, ['a'], { cancelAt: 6 });
    expect(played.segments.map(({ result }) => result.status)).toEqual(['suspended', 'cancelled']);
    expect(compareRun(played).ledger).toMatchObject({ a: { status: 'suspended' }, b: { status: 'not taken' } });
  });

  it('tells of every child that has run away, also if something else has failed the run meanwhile', async () => {
    const child = graphOf({ x: { to: 'y' }, y: { to: 'x' } }, { maxVisits: 2 });
    const sub = { kind: 'sub', child: 0 } as const;
    const graph = graphOf({ a: { to: 'c d e' }, c: sub, d: sub, e: { does: 'fail' } }, { children: [child] });
    const rounds = ['x', 'y', 'x#2', 'y#2'].map((key) => `c/${key} d/${key}`);
    const both = await runScript(graph, ['a', 'c d', ...rounds]);
    expect(compareRun(both).errors).toEqual([{ step: 'x' }, { step: 'x' }]);
    const one = await runScript(graph, ['a', 'c d', ...rounds.slice(0, 3), 'd/y#2', 'e']);
    expect(compareRun(one)).toMatchObject({ failure: 'e', errors: [{ step: 'x' }, { step: 'e' }] });
  });

  it('takes no cancel any more when nothing is left to be reported', async () => {
    const child = graphOf({ x: { does: 'suspend' } });
    const graph = graphOf({ a: { kind: 'sub', child: 0 } }, { children: [child] });
    const told = (await runScript(graph, [])).segments[0].events.map(({ type }) => type);
    expect(told.slice(-2)).toEqual(['step-suspend', 'run-end']);
    for (let cancelAt = 1; cancelAt <= told.length; cancelAt++) {
      const played = await runScript(graph, [], { cancelAt });
      const isLate = cancelAt >= told.length - 1;
      expect(played.segments.map(({ result }) => result.status)).toEqual(
        isLate ? ['suspended', 'success'] : ['cancelled'],
      );
      compareRun(played);
    }
  });

  it('says who has lost against a winner whose next step has run too often', async () => {
    const graph = graphOf(
      { a: { to: 'b c' }, b: { to: 'j' }, c: { to: 'j' }, j: { join: 'any', to: 'a', maxVisits: 1 } },
      { maxVisits: 5 },
    );
    const played = await runScript(graph, ['a', 'b', 'c', 'j', 'a#2', 'b#2']);
    expect(compareRun(played)).toMatchObject({ failure: 'j', ledger: { c: { visits: ['lost', 'lost'] } } });
  });

  it('blames who chose another way, not the any-join that this way has decided', async () => {
    const graph = graphOf({
      a: { kind: 'switch', does: ':b', cases: { b: 'b' }, goto: 'c' },
      b: { kind: 'switch', does: ':c', cases: { c: 'c' }, goto: 'd' },
      d: { to: 'a' },
      c: { join: 'any' },
    });
    expect(compareRun(await runScript(graph, [])).ledger).toMatchObject({ d: { why: 'dead', by: 'b' } });
  });

  it('ends a child in the very report that stops it, whatever was ready in it', async () => {
    const stopped = graphOf({ x: { to: 'y', entry: true }, y: {}, s: { entry: true, does: 'stop' } });
    const graph = graphOf(
      { a: { to: 'b c' }, b: { to: 'd' }, c: { kind: 'sub', child: 0 }, d: {} },
      { children: [stopped] },
    );
    const played = await runScript(graph, ['a', 'c', 'b c/x c/s', 'd']);
    const told = compareRun(played);
    expect(told.starts).toContainEqual(['d']);
    expect(told.calls.find(({ key }) => key === 'd')?.seen?.outputs).toHaveProperty('c');
  });

  it('blames the failed step for all that is dead by it, not the any-join that fails for it', async () => {
    const graph = graphOf({
      a: { to: 'b e' },
      b: { to: 'f' },
      e: { to: 'f', does: 'fail' },
      f: { to: 'g' },
      g: { to: 'h i', join: 'all' },
      h: { to: 'f' },
      i: { join: 'any', handler: { does: 'recover', writes: [] } },
    });
    const { ledger } = compareRun(await runScript(graph, []));
    expect(ledger).toMatchObject({ f: { by: 'e' }, g: { by: 'e' }, h: { by: 'e' }, i: { status: 'recovered' } });
  });

  it('closes what a step behind a loop leaves, which runs no more, before its arrival decides an any-join', async () => {
    const graph = graphOf({
      a: { kind: 'switch', entry: true, does: ':b', cases: { b: 'b' }, goto: 'c a' },
      b: { to: 'd e', goto: 'c' },
      c: { to: 'e' },
      d: { to: 'e' },
      e: { join: 'any' },
    });
    expect(compareRun(await runScript(graph, [])).ledger).toMatchObject({ c: { by: 'a' }, d: { by: 'e' } });
  });

  it('blames who has not entered a loop for what is behind it, not the any-join that he has decided', async () => {
    const graph = graphOf({
      a: { to: 'c', goto: 'f', does: 'goto:f' },
      c: { to: 'd e' },
      e: { to: 'g' },
      g: { goto: 'c' },
      d: { to: 'f' },
      f: { join: 'any' },
    });
    expect(compareRun(await runScript(graph, [])).ledger).toMatchObject({ c: { by: 'a' }, d: { by: 'a' } });
  });
});
