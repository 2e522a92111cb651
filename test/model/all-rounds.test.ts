import { expect, it } from 'vitest';
import { allBehaviours, allLoops, type Choice } from './all-rounds.js';
import { compareRun } from './compare-run.js';
import type { ModelGraph, ModelStep } from './model-graph.js';
import { theatre } from './run-graph.js';

const SEED = 20_261_122;

const graphOf = (steps: readonly ModelStep[]): ModelGraph => ({ steps, state: {}, merge: {}, maxVisits: 9 });

/** Each `stride`-th of the behaviours of a graph, other ones for other graphs; says how many that were. */
async function someBehaviours(choice: Choice, number: number, stride: number): Promise<number> {
  const play = theatre(graphOf(choice.steps));
  let at = number;
  let runs = 0;
  for (const steps of allBehaviours(choice)) {
    if (at++ % stride > 0) continue;
    const graph = graphOf(steps);
    try {
      compareRun(await play(graph, SEED + at));
    } catch (error) {
      throw new Error(`runGraph(${JSON.stringify(graph)}, ${SEED + at})`, { cause: error });
    }
    runs++;
  }
  return runs;
}

/** All 60,000 runs belong to `npm run test:model`; the unit suite has each n-th graph, and each n-th behaviour of those. */
const sizes =
  process.env.MODEL_RUNS === undefined
    ? [
        [1, 1, 1],
        [2, 1, 1],
        [3, 1, 7],
        [4, 7, 29],
      ]
    : [
        [1, 1, 1],
        [2, 1, 1],
        [3, 1, 1],
        [4, 1, 3],
      ];

it.each(sizes)(
  'runs every graph of %i steps with a loop as the rules say (each %i-th of them, each %i-th of its behaviours)',
  async (size, graphs, stride) => {
    let runs = 0;
    let shapes = 0;
    for (const choice of allLoops(size)) {
      if (shapes++ % graphs === 0) runs += await someBehaviours(choice, shapes, stride);
    }
    expect(runs).toBeGreaterThanOrEqual(shapes / graphs);
  },
  600_000,
);
