import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryGraph } from './arbitrary-graph.js';
import { compareRun } from './compare-run.js';
import { runGraph } from './run-graph.js';

const numRuns = Number(process.env['MODEL_RUNS'] ?? 200);
const seed = process.env['MODEL_SEED'] === undefined ? {} : { seed: Number(process.env['MODEL_SEED']) };

it(
  `runs ${numRuns} random graphs as the rules say`,
  async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(arbitraryGraph, fc.nat(), async (graph, order) => {
        const { status, ledger } = compareRun(await runGraph(graph, order));
        for (const kind of [status, ...Object.values(ledger).map((line) => line.why ?? line.status)]) {
          ends.set(kind, (ends.get(kind) ?? 0) + 1);
        }
      }),
      { numRuns, ...seed },
    );
    // The graphs are wild enough to show all that the rules speak of.
    if (numRuns < 200) return;
    const kinds = [
      'success',
      'done',
      'recovered',
      'failed',
      'cancelled',
      'lost',
      'skipped',
      'dead',
      'stopped',
      'ended',
    ];
    for (const kind of kinds) expect(ends.get(kind), kind).toBeGreaterThan(0);
  },
  20_000 + numRuns * 20,
);
