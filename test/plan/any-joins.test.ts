import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseAnyJoins } from '../../src/plan/analyse-any-joins.js';
import { compile } from '../../src/plan/compile.js';
import { createGraph } from '../../src/plan/graph.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';

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

/** The definitions word by word, by walking every graph again for every question. */
function naive(children: readonly (readonly number[])[], joins: readonly ('all' | 'any' | undefined)[]) {
  const all = children.map((_, step) => step);
  /** What can be reached from a step without entering `closed`. */
  const reach = (from: number, closed?: number): Set<number> => {
    const found = new Set<number>();
    const visit = (step: number): void => {
      for (const child of children[step])
        if (child !== closed && !found.has(child)) {
          found.add(child);
          visit(child);
        }
    };
    visit(from);
    return found;
  };
  /** Every path from the step leads to the join: without it no end can be reached. */
  const leads = (step: number, join: number): boolean =>
    step !== join && [step, ...reach(step, join)].every((each) => children[each].length > 0);
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
      return [...reach(step, goal)].filter((each) => joins[each] === 'all').sort((a, b) => a - b);
    }),
  };
}

it('random graphs agree with the definitions, word by word', () => {
  const graphs = fc.integer({ min: 1, max: 11 }).chain((count) =>
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 26 }),
      said: fc.array(fc.constantFrom(undefined, undefined, 'all' as const, 'any' as const, 'any' as const), {
        minLength: count,
        maxLength: count,
      }),
    }),
  );
  fc.assert(
    fc.property(graphs, ({ edges, said }) => {
      const sets = said.map(() => new Set<number>());
      for (const [from, to] of edges) if (from < to) sets[from].add(to);
      const graph = createGraph(sets.map((set) => [...set].sort((a, b) => a - b)));
      const joins = said.map((join, id) => join ?? (graph.parents[id].length > 1 ? 'all' : undefined));
      expect(analyseAnyJoins(graph, joins)).toEqual(naive(graph.children, joins));
    }),
    { numRuns: 3_000 },
  );
});
