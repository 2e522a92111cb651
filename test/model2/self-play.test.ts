import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryGraph } from './arbitrary-graph.js';
import type { ModelGraph } from './model-graph.js';
import { ModelRun } from './model-run.js';
import { tell, type Told } from './model-told.js';
import { randomFrom, someOf } from './random.js';

/** Lets the model run alone, its activations settling in random portions, its suspensions answered in random order. */
function play(graph: ModelGraph, seed: number): Told {
  const random = randomFrom(seed);
  const run = new ModelRun(graph);
  for (let i = 0; ; i++) {
    if (i > 5_000) throw new Error('It comes to no end.');
    if (run.status === 'running') run.take(someOf(run.inFlight(), random));
    else if (run.status === 'suspended') run.resume(someOf(run.suspended(), random));
    else return tell(run);
    if (run.status === 'suspended') tell(run);
  }
}

describe('the model by itself', () => {
  it('decides about every step of any graph, and comes to an end', () => {
    const ends = new Map<string, number>();
    const count = (kind: string) => ends.set(kind, (ends.get(kind) ?? 0) + 1);
    fc.assert(
      fc.property(arbitraryGraph(), fc.nat(), (graph, seed) => {
        const told = play(graph, seed);
        count(told.status);
        Object.values(told.ledger).forEach(({ visits, why }) => (count(why ?? 'taken'), visits.forEach(count)));
      }),
      { numRuns: Number(process.env.N ?? 1000), ...(process.env.S && { seed: Number(process.env.S) }) },
    );
    console.log(ends);
    expect(ends.size).toBeGreaterThan(5);
  });
});
