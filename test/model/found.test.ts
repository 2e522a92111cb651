import { describe, expect, it } from 'vitest';
import { compareRun } from './compare-run.js';
import { graphOf } from './graph-of.js';
import { runScript } from './run-graph.js';

/** The smallest graphs of what random ones have found. */
describe('found by random graphs', () => {
  it('kills every all-join between a survived failure and its any-join, also one that another parent has reached', async () => {
    const graph = graphOf({
      a: { to: 'b m n' },
      b: { to: 'm', behaviour: 'fail' },
      m: { to: 'n' },
      n: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'b']);
    expect(played.engine.starts).toEqual([['a'], ['b'], ['j'], []]);
    expect(compareRun(played).ledger).toMatchObject({ m: { by: 'b' }, n: { by: 'b' }, j: { status: 'failed' } });
  });

  it('kills such an all-join also if the same report had made it ready', async () => {
    const graph = graphOf({
      a: { to: 'z t w' },
      z: { to: 'm' },
      t: { to: 'k j', behaviour: 'fail' },
      w: { to: 'k' },
      k: { to: 'm', join: 'any' },
      m: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'w', 'k', 'z t', 'j']);
    expect(played.engine.starts).toEqual([['a'], ['z', 't', 'w'], ['k'], [], ['j'], []]);
    expect(compareRun(played).ledger).toMatchObject({ m: { by: 't' }, j: { status: 'failed' } });
  });

  it('blames the failed step also for what was dead behind an all-join that it killed', async () => {
    const graph = graphOf({
      a: { to: 'c b x' },
      c: { to: 'm' },
      b: { to: 'm', behaviour: 'fail' },
      m: { to: 'n' },
      n: { to: 'j' },
      x: { to: 'j' },
      j: { join: 'any' },
    });
    const played = await runScript(graph, ['a', 'b', 'c', 'x']);
    expect(played.result.ledger).toMatchObject({ m: { by: 'b' }, n: { by: 'b' }, j: { status: 'done' } });
    compareRun(played);
  });

  it('does not tell of a failure that came after the run had failed', async () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { behaviour: 'fail' }, c: { behaviour: 'fail' } });
    const played = await runScript(graph, ['a', 'b c']);
    const told = played.events.filter((event) => 'step' in event && event.step === 'c').map(({ type }) => type);
    expect(told).toEqual(['step-start', 'step-cancel']);
    compareRun(played);
  });

  it('does not tell of a failure that came after its any-join was decided', async () => {
    const graph = graphOf({ a: { to: 'b c' }, b: { to: 'd' }, c: { to: 'd', behaviour: 'fail' }, d: { join: 'any' } });
    const played = await runScript(graph, ['a', 'b c']);
    const told = played.events.filter((event) => 'step' in event && event.step === 'c').map(({ type }) => type);
    expect(told).toEqual(['step-start', 'step-cancel']);
    compareRun(played);
  });

  it('cancels what leads only to an any-join that can do nothing but fail', async () => {
    const graph = graphOf({
      a: { to: 's t' },
      s: { to: 'c' },
      t: { to: 'c', behaviour: 'fail' },
      c: { to: 'j' },
      j: { join: 'any', handler: { does: 'recover', writes: [] } },
    });
    const played = await runScript(graph, ['a', 't', 'j']);
    expect(played.result.ledger).toMatchObject({ s: { status: 'lost' }, c: { by: 't' }, j: { status: 'recovered' } });
    compareRun(played);
  });
});
