import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allGraphs, allPatterns } from './all-graphs.js';
import { allBehaviours, allLoops } from './all-rounds.js';
import { arbitraryGraph } from './arbitrary-graph.js';
import type { ModelAct, ModelGraph } from './model-graph.js';
import { ModelRun } from './model-run.js';
import { tell, type Told } from './model-told.js';
import { randomFrom, someOf } from './random.js';

/** Lets the model run alone, its activations settling in random portions, its suspensions answered in random order. */
function play(graph: ModelGraph, seed: number): Told {
  const random = randomFrom(seed);
  const run = new ModelRun(graph);
  run.start();
  for (let i = 0; run.status === 'running' || run.status === 'suspended'; i++) {
    if (i > 5_000) throw new Error('It comes to no end.');
    if (run.status === 'running') run.take(someOf(run.inFlight(), random));
    else {
      tell(run);
      run.resume(someOf(run.suspended(), random));
      run.start();
    }
  }
  return tell(run);
}

/** What must not depend on the order of events. */
const essence = ({ status, ledger, outputs, calls }: Told) => ({
  status,
  ledger,
  outputs,
  given: Object.fromEntries(calls.map(({ key, seen }) => [key, [seen?.input, seen?.inputs]])),
});

/** Nothing fails, races, stops, jumps or waits. */
const calm = ({ does, ...act }: ModelAct): ModelAct => ({
  ...act,
  does: does === 'skip' || does === 'goto' ? does : 'done',
  failures: 0,
  writes: [],
});

describe('the model by itself', () => {
  it('decides about every step of any graph, and comes to one end', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(arbitraryGraph(), fc.nat(), (graph, seed) => {
        const { status, ledger, starts, calls, asks } = play(graph, seed);
        expect([Object.keys(ledger).length, asks]).toEqual([graph.steps.length, []]);
        expect(calls.map(({ key }) => key)).toEqual(starts.flat());
        const own = starts.flat().filter((key) => !/[/[]/.test(key));
        for (const { name } of graph.steps) {
          const { visits } = ledger[name];
          const keys = visits.map((_, i) => (i === 0 ? name : `${name}#${i + 1}`));
          expect(keys.filter((key) => !own.includes(key))).toEqual([]);
          visits.forEach((visit) => ends.add(visit));
        }
        ends.add(status);
      }),
      { numRuns: 400 },
    );
    for (const kind of ['success', 'failed', 'done', 'recovered', 'skipped', 'lost', 'cancelled'])
      expect(ends).toContain(kind);
  });

  it('comes to one end in whatever order activations settle, where nothing races', () => {
    const graphs = arbitraryGraph(['goto', 'switch']).map(({ catchAll: _, ...graph }) => ({
      ...graph,
      merge: {},
      steps: graph.steps.map(({ join, handler: _own, ...step }): ModelGraph['steps'][number] => ({
        ...step,
        ...(join && { join: 'all' }),
        // A key that no case has would fail.
        ...(step.kind === 'switch' && { otherwise: null }),
        acts: step.acts.map(calm),
      })),
    }));
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (graph, one, two) => {
        const first = play(graph, one);
        expect(first.cancelled.flat()).toEqual([]);
        expect(essence(first)).toEqual(essence(play(graph, two)));
      }),
      { numRuns: 200 },
    );
  });

  it('knows as many graphs as there are', () => {
    const sizes = [1, 2, 3, 4, 5].map((size) => [...allGraphs(size)].length);
    expect(sizes).toEqual([1, 1, 1 * 4, 1 * 4 * 11, 1 * 4 * 11 * 26]);
    expect([...allPatterns(4)]).toHaveLength(81);
    expect([1, 2, 3, 4].map((size) => [...allLoops(size)].length)).toEqual([3, 12, 102, 1860]);
    expect([...allLoops(2)].flatMap((choice) => [...allBehaviours(choice)])).toHaveLength(110);
  });
});
