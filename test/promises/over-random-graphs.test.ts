import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunStalledError } from '../../src/errors/run-stalled-error.js';
import { arbitraryGraph } from '../model/arbitrary-graph.js';
import { compareRun } from '../model/compare-run.js';
import type { ModelGraph } from '../model/model-graph.js';
import { runGraph, type Played } from '../model/run-graph.js';
import { show } from '../model/show.js';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { sleep } from '../support/sleep.js';

const GRAPHS = 120;

/** A run, and what its bodies had done when its result came. */
interface Seen {
  readonly graph: ModelGraph;
  readonly played: Played;
  readonly atEnd: ReturnType<typeof doingsOf>;
}

const doingsOf = ({ performance }: Played) => ({
  running: performance.running,
  calls: performance.calls.length,
  handlings: performance.handlings.length,
});

/**
 * Eaches, switches, loops, children, skips, failures, retries, handlers, suspensions and cancels, mixed at random, in any
 * order of time. `npm run test:model` compares thousands of such runs with the model.
 */
describe('over random graphs', () => {
  const all: Seen[] = [];
  let unhandled: readonly unknown[];
  beforeAll(async () => {
    unhandled = await catchUnhandled(async () => {
      for (const [order, graph] of fc.sample(arbitraryGraph(), { numRuns: GRAPHS, seed: 4 }).entries()) {
        const played = await runGraph(graph, order);
        all.push({ graph, played, atEnd: doingsOf(played) });
      }
      await sleep(5);
    });
  }, 120_000);

  /** Names the graph of which it doesn't hold. */
  const holds = (check: (seen: Seen) => void): void => {
    expect(all).toHaveLength(GRAPHS);
    for (const seen of all) {
      try {
        check(seen);
      } catch (cause) {
        throw new Error(`It doesn't hold for\n${show(seen.graph)}`, { cause });
      }
    }
  };

  it('promise 1: one end: every segment tells one run-end, last, and its result agrees with it', () => {
    holds(({ played }) => {
      for (const { events, result } of played.segments) {
        const ends = events.filter(({ type }) => type === 'run-end');
        expect(ends).toEqual([events.at(-1)]);
        expect(ends).toMatchObject([{ status: result.status, ledger: result.ledger }]);
      }
      expect(played.segments.map(({ result }) => result.status).slice(0, -1)).toEqual(
        played.segments.slice(1).map(() => 'suspended'),
      );
    });
  });

  it('promise 2: the ledger is complete: every step, every visit of it, and of the others why not', () => {
    holds(({ graph, played }) => {
      const { result } = played.segments.at(-1)!;
      const events = played.segments.flatMap((segment) => segment.events);
      expect(Object.keys(result.ledger).sort()).toEqual(graph.steps.map(({ name }) => name).sort());
      for (const [name, { status, visits, why }] of Object.entries(result.ledger)) {
        const started = events.filter(
          (event) => event.type === 'step-start' && event.step === name && event.path.length === 0,
        );
        const numbers = new Set(started.map((event) => (event as { readonly visit: number }).visit));
        expect([...numbers]).toEqual(visits.map((_, i) => i + 1));
        expect(status).toBe(visits.at(-1) ?? 'not taken');
        expect(why === undefined).toBe(visits.length > 0);
      }
    });
  });

  it('promise 2: no stall: every run comes to its end, and no step waits for what can’t come', () => {
    holds(({ played }) => {
      const { result } = played.segments.at(-1)!;
      expect(['success', 'failed', 'cancelled']).toContain(result.status);
      expect(result.status === 'failed' && result.error).not.toBeInstanceOf(RunStalledError);
    });
  });

  it('the events are numbered without gaps, over all segments', () => {
    holds(({ played }) => {
      const numbers = played.segments.flatMap(({ events }) => events.map(({ seq }) => seq));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    });
  });

  it('nothing runs after the end: no body, no handler, no attempt', () => {
    holds(({ played, atEnd }) => {
      expect(atEnd.running).toBe(0);
      expect(doingsOf(played)).toEqual(atEnd);
    });
    expect(unhandled).toEqual([]);
  });

  it('promise 6, 7: starts, ledger, errors, outputs and state are those of the naive model', () => {
    holds(({ played }) => void compareRun(played));
  });

  it('all of it has been there', () => {
    const seen = new Set<string>();
    for (const { played } of all) {
      for (const { result } of played.segments) seen.add(result.status);
      for (const { events } of played.segments) for (const { type } of events) seen.add(type);
      const { ledger } = played.segments.at(-1)!.result;
      for (const { status, why, visits, items } of Object.values(ledger)) {
        seen.add(why ?? status);
        if (visits.length > 1) seen.add('rounds');
        if (items) seen.add('items');
      }
      const keys = played.performance.calls.map(({ key }) => key);
      if (keys.some((key) => key.includes('/'))) seen.add('children');
    }
    for (const what of ['success', 'failed', 'cancelled', 'suspended', 'rounds', 'items', 'children'])
      expect(seen).toContain(what);
    for (const what of [
      'recovered',
      'lost',
      'skipped',
      'dead',
      'stopped',
      'ended',
      'token-reset',
      'step-retry',
      'join',
    ])
      expect(seen).toContain(what);
  });
});
