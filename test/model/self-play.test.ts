import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allGraphs, allPatterns } from './all-graphs.js';
import { arbitraryGraph } from './arbitrary-graph.js';
import { settles } from './model-behaviour.js';
import type { ModelGraph, Replayed } from './model-graph.js';
import { ModelRun } from './model-run.js';
import { randomFrom, someOf } from './random.js';

/** Lets the model run alone, its activations settling in random portions. */
function play(graph: ModelGraph, seed: number): Replayed {
  const random = randomFrom(seed);
  const run = new ModelRun(graph);
  while (run.inFlight().length > 0) {
    run.take(
      someOf(run.inFlight(), random).map((key) =>
        run.isAgainst(key) && random() < 0.5 ? { key, status: 'cancelled' } : settles(graph, key, run.isFailing(key)),
      ),
    );
  }
  return run.told();
}

/** What must not depend on the order of events. */
const essence = ({ status, ledger, errors, outputs, seen }: Replayed) => ({
  status,
  ledger,
  errors,
  outputs,
  given: Object.fromEntries(Object.entries(seen).map(([name, { input, inputs }]) => [name, { input, inputs }])),
});

describe('the model by itself', () => {
  it('decides about every step of any graph, and starts each at most once', () => {
    fc.assert(
      fc.property(arbitraryGraph, fc.nat(), (graph, seed) => {
        const run = play(graph, seed);
        const started = run.starts.flat();
        expect(new Set(started).size).toBe(started.length);
        for (const { name } of graph.steps)
          expect(run.ledger[name].visits).toHaveLength(started.includes(name) ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes to one end in whatever order activations settle, where nothing races', () => {
    const calm = arbitraryGraph.map((graph) => ({
      ...graph,
      merge: {},
      steps: graph.steps.map(({ join, ...step }): ModelGraph['steps'][number] => ({
        ...step,
        ...(join && { join: 'all' }),
        behaviour: step.behaviour === 'skip' ? 'skip' : 'done',
        writes: [],
      })),
    }));
    fc.assert(
      fc.property(calm, fc.nat(), fc.nat(), (graph, one, two) => {
        const first = play(graph, one);
        const second = play(graph, two);
        expect(first.cancelled.flat()).toEqual([]);
        expect(essence(first)).toEqual(essence(second));
      }),
      { numRuns: 300 },
    );
  });

  it('knows as many graphs as there are', () => {
    const sizes = [1, 2, 3, 4, 5].map((size) => [...allGraphs(size)].length);
    expect(sizes).toEqual([1, 1, 1 * 4, 1 * 4 * 11, 1 * 4 * 11 * 26]);
    expect([...allPatterns(4)]).toHaveLength(81);
  });
});
