import { expect, it } from 'vitest';
import { allGraphs, allPatterns } from './all-graphs.js';
import { compareRun } from './compare-run.js';
import type { ModelAct, ModelGraph, ModelStep } from './model-graph.js';
import { theatre } from './run-graph.js';

const SEED = 20_261_122;

/**
 * Two patterns that agree on every step whose body began make the same run, because the order of settling follows from
 * the seed alone; so only the first of them is run.
 */
async function everyPattern(steps: readonly ModelStep[], seed: number): Promise<number> {
  const play = theatre(graphOf(steps));
  const done: (readonly (ModelAct['does'] | undefined)[])[] = [];
  for (const pattern of allPatterns(steps.length)) {
    if (done.some((other) => other.every((does, i) => does === undefined || does === pattern[i]))) continue;
    const graph = graphOf(steps.map((step, i) => ({ ...step, acts: [{ does: pattern[i], writes: [] }] })));
    const played = await play(graph, seed);
    told(graph, seed, () => compareRun(played));
    const begun = new Set(played.performance.calls.map(({ key }) => key));
    done.push(steps.map(({ name }, i) => (begun.has(name) ? pattern[i] : undefined)));
  }
  return done.length;
}

/** Says which run it was. */
function told(graph: ModelGraph, seed: number, compare: () => void): void {
  try {
    compare();
  } catch (error) {
    throw new Error(`runGraph(${JSON.stringify(graph)}, ${seed})`, { cause: error });
  }
}

const graphOf = (steps: readonly ModelStep[]): ModelGraph => ({ steps, state: {}, merge: {} });

/** The 31,000 runs of 5 steps belong to `npm run test:model`; the unit suite has those of up to 4. */
const sizes = process.env.MODEL_RUNS === undefined ? [1, 2, 3, 4] : [1, 2, 3, 4, 5];

it.each(sizes)(
  'runs every graph of %i steps as the rules say, whatever is skipped and fails',
  async (size) => {
    let runs = 0;
    let shapes = 0;
    for (const steps of allGraphs(size)) runs += await everyPattern(steps, SEED + shapes++);
    expect(runs).toBeGreaterThanOrEqual(shapes * 3);
  },
  600_000,
);
