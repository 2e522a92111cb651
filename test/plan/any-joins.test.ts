import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseAnyJoins } from '../../src/plan/analyse-any-joins.js';
import { compile } from '../../src/plan/compile.js';
import { createShape, type Shape } from '../../src/plan/create-shape.js';
import { createGraph } from '../../src/plan/graph.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';
import { loopyGraph } from '../support/loopy-graph.js';

/** Losers, survivor and doomed joins by name, of the steps that have any. */
function read(steps: readonly StepSpec[]) {
  const { plan } = compile(buildPipeline({ steps }));
  const names = (ids: readonly number[]) => ids.map((id) => plan.steps[id].name);
  return Object.fromEntries(
    plan.steps
      .filter(({ losers, survivor }) => losers.length > 0 || survivor !== undefined)
      .map(({ name, losers, survivor, doomed }) => [
        name,
        [names(losers), survivor === undefined ? undefined : plan.steps[survivor].name, names(doomed)],
      ]),
  );
}

describe('an any-join', () => {
  it('has as losers the steps from which every path leads to it, and survives their failures', () => {
    expect(
      read([
        { name: 'a', to: ['b', 'c'] },
        { name: 'b', to: 'j' },
        { name: 'c', to: 'j' },
        { name: 'j', join: 'any', to: 'd' },
        { name: 'd' },
      ]),
    ).toEqual({
      a: [[], 'j', []],
      b: [[], 'j', []],
      c: [[], 'j', []],
      j: [['a', 'b', 'c'], undefined, []],
    });
  });

  it('spares a step that also feeds something else', () => {
    expect(
      read([
        { name: 'a', to: ['b', 'c'] },
        { name: 'b', to: ['j', 'log'] },
        { name: 'c', to: 'j' },
        { name: 'j', join: 'any' },
        { name: 'log' },
      ]),
    ).toEqual({ c: [[], 'j', []], j: [['c'], undefined, []] });
  });

  it('dooms the all-joins between a failed step and itself', () => {
    expect(
      read([
        { name: 'a', to: ['b', 'c', 'd'] },
        { name: 'b', to: 'both' },
        { name: 'c', to: 'both' },
        { name: 'both', to: 'waits' },
        { name: 'waits', join: 'all', to: 'j' },
        { name: 'd', to: 'j' },
        { name: 'j', join: 'any' },
      ]),
    ).toEqual({
      a: [[], 'j', ['both', 'waits']],
      b: [[], 'j', ['both', 'waits']],
      c: [[], 'j', ['both', 'waits']],
      d: [[], 'j', []],
      both: [[], 'j', ['waits']],
      waits: [[], 'j', []],
      j: [['a', 'b', 'c', 'both', 'waits', 'd'], undefined, []],
    });
  });

  it('has the losers of the any-joins before it, which survive their failures first', () => {
    expect(
      read([
        { name: 'a', to: ['b', 'c', 'd'] },
        { name: 'b', to: 'inner' },
        { name: 'c', to: 'inner' },
        { name: 'inner', join: 'any', to: 'outer' },
        { name: 'd', to: 'outer' },
        { name: 'outer', join: 'any' },
      ]),
    ).toEqual({
      a: [[], 'outer', []],
      b: [[], 'inner', []],
      c: [[], 'inner', []],
      inner: [['b', 'c'], 'outer', []],
      d: [[], 'outer', []],
      outer: [['a', 'b', 'c', 'inner', 'd'], undefined, []],
    });
  });
});

type Joins = readonly ('all' | 'any' | undefined)[];

/** The definitions word by word, by walking every graph again for every question. */
function naive({ children, forward, loops, loopOf }: Shape, joins: Joins, ends: (step: number) => boolean) {
  const all = children.map((_, step) => step);
  const holds = (loop: number, step: number): boolean => loops[loop].body.includes(step);
  /** What can be reached from a step without entering `closed`. */
  const reach = (edges: readonly (readonly number[])[], from: number, closed?: number): Set<number> => {
    const found = new Set<number>();
    const visit = (step: number): void => {
      for (const child of edges[step])
        if (child !== closed && !found.has(child)) {
          found.add(child);
          visit(child);
        }
    };
    visit(from);
    return found;
  };
  /** An edge that leads out of the join's own round: a jump of a loop that contains the join, or an edge out of it. */
  const elsewhere = (from: number, to: number, join: number): boolean =>
    loops.some(
      ({ id, header }) =>
        holds(id, join) &&
        holds(id, from) &&
        (!holds(id, to) || (to === header && !forward.children[from].includes(to))),
    );
  const ownRound = (join: number): number | undefined => {
    const loop = loopOf[join];
    return loop !== undefined && loops[loop].header === join ? loops[loop].parent : loop;
  };
  /** Every path from the step leads to the join: no other end can be reached, and no loop that nothing leaves. */
  const leads = (step: number, join: number): boolean => {
    const round = ownRound(join);
    if (step === join || (round !== undefined && !holds(round, step))) return false;
    return [step, ...reach(children, step, join)].every(
      (each) =>
        !ends(each) &&
        !children[each].some((child) => elsewhere(each, child, join)) &&
        (children[each].includes(join) || reach(children, each).has(join)),
    );
  };
  const anyJoins = all.filter((step) => joins[step] === 'any');
  const survivor = all.map((step) => {
    const candidates = anyJoins.filter((join) => leads(step, join));
    return candidates.find((join) => candidates.every((other) => other === join || leads(join, other)));
  });
  return {
    losers: all.map((join) => (joins[join] === 'any' ? all.filter((step) => leads(step, join)) : [])),
    survivor,
    doomed: all.map((step) => {
      const goal = survivor[step];
      if (goal === undefined) return [];
      return [...reach(forward.children, step, goal)].filter((each) => joins[each] === 'all').sort((a, b) => a - b);
    }),
  };
}

const compare = (shape: Shape, said: Joins, gotos: readonly boolean[]): void => {
  const joins = said.map((join, id) => join ?? (shape.forward.parents[id].length > 1 ? 'all' : undefined));
  const ends = (step: number): boolean => shape.children[step].length === 0 || gotos[step];
  expect(analyseAnyJoins(shape, joins, ends)).toEqual(naive(shape, joins, ends));
};

const graphs = (edges: number) =>
  fc.integer({ min: 1, max: 11 }).chain((count) =>
    fc.record({
      tree: fc.array(fc.nat(60), { minLength: count, maxLength: count }),
      edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: edges }),
      said: fc.array(fc.constantFrom(undefined, undefined, 'all' as const, 'any' as const, 'any' as const), {
        minLength: count,
        maxLength: count,
      }),
      gotos: fc.array(fc.constantFrom(false, false, false, false, false, true), { minLength: count, maxLength: count }),
    }),
  );

it('random graphs agree with the definitions, word by word', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(graphs(26), ({ edges, said, gotos }) => {
      const sets = said.map(() => new Set<number>());
      for (const [from, to] of edges) if (from < to) sets[from].add(to);
      const graph = createGraph(sets.map((set) => [...set].sort((a, b) => a - b)));
      compare(
        createShape(
          graph,
          sets.map((_, step) => step).filter((step) => graph.parents[step].length === 0),
        ),
        said,
        gotos,
      );
    }),
    { numRuns: 1_500 },
  );
});

it('random graphs with loops agree with the definitions, word by word', { timeout: 120_000 }, () => {
  let nested = 0;
  fc.assert(
    fc.property(graphs(14), ({ tree, edges, said, gotos }) => {
      const graph = loopyGraph(tree, edges);
      const shape = createShape(graph, [0]);
      if (shape.loops.some(({ parent }) => parent !== undefined)) nested++;
      compare(
        shape,
        shape.order.map((index) => said[index]),
        shape.order.map((index) => gotos[index]),
      );
    }),
    { numRuns: 2_000 },
  );
  expect(nested).toBeGreaterThan(100);
});
