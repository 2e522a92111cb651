import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryGraph } from './arbitrary-graph.js';
import { compareRun } from './compare-run.js';
import { runGraph } from './run-graph.js';
import { show } from './show.js';

const numRuns = Number(process.env['MODEL_RUNS'] ?? 200);
const seed = process.env['MODEL_SEED'] === undefined ? {} : { seed: Number(process.env['MODEL_SEED']) };

/** What the graphs must be wild enough to show, so that all that the rules speak of is compared. */
const KINDS = [
  ...['success', 'failed', 'cancelled', 'several segments', 'several visits', 'in a child', 'items'],
  ...['done', 'recovered', 'failed', 'cancelled', 'lost', 'skipped', 'dead', 'stopped', 'ended'],
];

it(
  `runs ${numRuns} random graphs as the rules say`,
  async () => {
    const ends = new Set<string>();
    await fc.assert(
      fc.asyncProperty(arbitraryGraph(), fc.nat(), async (graph, order) => {
        const played = await runGraph(graph, order);
        try {
          const { status, ledger, starts } = compareRun(played);
          ends.add(status);
          if (played.segments.length > 1) ends.add('several segments');
          if (starts.flat().some((key) => key.includes('/'))) ends.add('in a child');
          for (const line of Object.values(ledger)) {
            ends.add(line.why ?? line.status);
            if (line.visits.length > 1) ends.add('several visits');
            if (line.items) ends.add('items');
          }
        } catch (error) {
          throw new Error(`\n${show(graph)}\nin the order ${order}`, { cause: error });
        }
      }),
      { numRuns, ...seed },
    );
    if (numRuns >= 200) for (const kind of KINDS) expect(ends, kind).toContain(kind);
  },
  90_000 + numRuns * 200,
);
