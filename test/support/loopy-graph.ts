import fc from 'fast-check';
import { findLoopNest } from '../../src/plan/find-loop-nest.js';
import { createGraph, type Graph } from '../../src/plan/graph.js';
import type { StepSpec } from './build-class.js';

/**
 * A graph whose steps can all be reached from the first: a tree by `parents`, whose leaves mostly lead on, and of the
 * edges those that leave every loop one header.
 */
export function loopyGraph(parents: readonly number[], edges: readonly (readonly [number, number])[]): Graph {
  const count = parents.length;
  const sets = parents.map(() => new Set<number>());
  for (let step = 1; step < count; step++) sets[parents[step] % step].add(step);
  for (let step = 1; step < count - 1; step++)
    if (sets[step].size === 0 && parents[step] % 4 > 0) sets[step].add(step + 1 + (parents[step] % (count - 1 - step)));
  const toGraph = (): Graph => createGraph(sets.map((set) => [...set].sort((a, b) => a - b)));
  for (const [from, to] of edges) {
    if (sets[from].has(to)) continue;
    sets[from].add(to);
    if (!hasSingleHeaders(toGraph())) sets[from].delete(to);
  }
  return toGraph();
}

const hasSingleHeaders = (graph: Graph): boolean =>
  findLoopNest(graph, [0]).every(({ body }) => {
    const inside = new Set(body);
    const entered = (step: number): boolean => step === 0 || graph.parents[step].some((parent) => !inside.has(parent));
    return body.filter(entered).length === 1;
  });

/** Steps with loops of every kind: edges that a plain return takes and such that only a goto takes, and joins. */
export const loopySteps: fc.Arbitrary<readonly StepSpec[]> = fc.integer({ min: 1, max: 9 }).chain((count) =>
  fc
    .record({
      tree: fc.array(fc.nat(60), { minLength: count, maxLength: count }),
      edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 10 }),
      joins: fc.array(fc.constantFrom(undefined, 'all' as const, 'any' as const, 'any' as const), {
        minLength: count,
        maxLength: count,
      }),
      gotos: fc.array(fc.nat(7), { minLength: 3 * count, maxLength: 3 * count }),
    })
    .map(({ tree, edges, joins, gotos }) => {
      const { children, parents } = loopyGraph(tree, edges);
      return children.map((targets, step): StepSpec => {
        // Mostly gotos lead back, or few runs would end.
        const isGoto = (target: number, at: number): boolean => {
          const chance = gotos[(3 * step + at) % gotos.length];
          return target <= step ? chance > 1 : chance === 0;
        };
        const goto = targets.filter(isGoto).map(nameOf);
        return {
          name: nameOf(step),
          to: targets.filter((target, at) => !isGoto(target, at)).map(nameOf),
          // Where only a jump leads to it, or nothing does, a step waits for nobody.
          join: step > 0 && parents[step].length > 0 ? joins[step] : undefined,
          options: { ...(goto.length > 0 && { goto }), ...(step === 0 && { entry: true }) },
        };
      });
    }),
);

const nameOf = (step: number): string => `s${step}`;
