import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findLoopsWithTwoHeaders } from '../../../src/plan/problems/find-loops-with-two-headers.js';
import { findOptionsWithoutEffect } from '../../../src/plan/problems/find-options-without-effect.js';
import { scan } from '../../../src/scanner/scan.js';
import { buildPipeline } from '../../support/build-class.js';

type Edges = readonly (readonly [from: number, to: number])[];

/** A graph whose steps all are behind the first one, which may itself be part of a loop. */
const graph = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc
    .tuple(
      fc.tuple(...Array.from({ length: size - 1 }, (_, index) => fc.nat(index))),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 }),
    )
    .map(([parents, more]) => ({
      size,
      edges: [...parents.map((parent, index) => [parent, index + 1] as const), ...more] as Edges,
    })),
);

/**
 * The textbook's test: drop edges from a step to itself, and melt a step that only one other leads to into that one. A
 * graph whose loops all have one header shrinks to its first step, any other one doesn't.
 */
function isReducible(size: number, edges: Edges): boolean {
  let left = new Set(edges.filter(([from, to]) => from !== to).map(([from, to]) => from * 100 + to));
  const alive = new Set(Array.from({ length: size }, (_, index) => index));
  const parentsOf = (step: number): number[] =>
    [...left].filter((edge) => edge % 100 === step).map((edge) => Math.floor(edge / 100));
  for (;;) {
    const step = [...alive].find((one) => one !== 0 && parentsOf(one).length === 1);
    if (step === undefined) return alive.size === 1;
    const [parent] = parentsOf(step);
    alive.delete(step);
    left = new Set(
      [...left]
        .filter((edge) => edge % 100 !== step)
        .map((edge) => (Math.floor(edge / 100) === step ? parent * 100 + (edge % 100) : edge))
        .filter((edge) => Math.floor(edge / 100) !== edge % 100),
    );
  }
}

/** By ways of all kinds: how an edge is written changes nothing. */
const toBlueprint = (size: number, edges: Edges) =>
  scan(
    buildPipeline({
      steps: Array.from({ length: size }, (_, index) => {
        const targets = [...new Set(edges.filter(([from]) => from === index).map(([, to]) => `s${to}`))];
        const options = index === 0 ? { entry: true } : {};
        if (index % 3 === 0) return { name: `s${index}`, to: targets, options };
        if (index % 3 === 1) return { name: `s${index}`, options: { ...options, goto: targets } };
        const cases = Object.fromEntries(targets.map((target) => [`to ${target}`, target]));
        return { name: `s${index}`, kind: 'switch' as const, options: { ...options, cases, default: null } };
      }),
    }),
  );

it('loops with two headers are found in exactly those graphs that are not reducible', () => {
  const seen = { reducible: 0, irreducible: 0 };
  fc.assert(
    fc.property(graph, ({ size, edges }) => {
      const expected = isReducible(size, edges);
      const blueprint = toBlueprint(size, edges);
      expect(findLoopsWithTwoHeaders(blueprint).length === 0).toBe(expected);
      expect(findOptionsWithoutEffect(blueprint)).toEqual([]);
      seen[expected ? 'reducible' : 'irreducible']++;
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.reducible, seen.irreducible)).toBeGreaterThan(200);
});
