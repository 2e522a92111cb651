import type { Graph } from './graph.js';
import { postDominators } from './post-dominators.js';

/** What the any-joins of a graph mean for each of its steps (C.5, C.6), by index. */
export interface AnyJoins {
  /** Of an any-join: the steps from which every path leads to it. */
  readonly losers: readonly (readonly number[])[];
  /** The nearest any-join that every path from the step leads to. */
  readonly survivor: readonly (number | undefined)[];
  /** The all-joins between the step and its survivor. */
  readonly doomed: readonly (readonly number[])[];
}

const NONE: readonly number[] = Object.freeze([]);

/** Finds losers, survivors and doomed joins of a graph in plan order. */
export function analyseAnyJoins(graph: Graph, joins: readonly ('all' | 'any' | undefined)[]): AnyJoins {
  const none = joins.map(() => NONE);
  if (!joins.includes('any')) return { losers: none, survivor: joins.map(() => undefined), doomed: none };
  const { survivor, losers } = findSurvivors(graph, joins);
  return { survivor, losers, doomed: findDoomed(graph, joins, survivor) };
}

function findSurvivors(graph: Graph, joins: readonly ('all' | 'any' | undefined)[]): Omit<AnyJoins, 'doomed'> {
  const { above, end } = postDominators(graph);
  const survivor = new Array<number | undefined>(end + 1).fill(undefined);
  const losers = joins.map((join): number[] => (join === 'any' ? [] : (NONE as number[])));
  for (let step = end - 1; step >= 0; step--)
    survivor[step] = joins[above[step]] === 'any' ? above[step] : survivor[above[step]];
  // Who survives at a join loses at it, and at every any-join that the join itself leads to in any case.
  for (let step = 0; step < end; step++)
    for (let join = survivor[step]; join !== undefined; join = survivor[join]) losers[join].push(step);
  return { survivor: survivor.slice(0, end), losers: losers.map((list) => Object.freeze(list)) };
}

/** From the last step to the first, so that a child's own list is there to be shared: most steps add nothing to it. */
function findDoomed(
  { children }: Graph,
  joins: readonly ('all' | 'any' | undefined)[],
  survivor: readonly (number | undefined)[],
): readonly (readonly number[])[] {
  const doomed: (readonly number[])[] = joins.map(() => NONE);
  for (let step = joins.length - 1; step >= 0; step--) {
    const goal = survivor[step];
    if (goal === undefined) continue;
    const lists: (readonly number[])[] = [];
    for (const child of children[step]) {
      if (child !== goal && joins[child] === 'all') lists.push([child]);
      // A nearer any-join on the way has its own list, which goes on from there.
      for (let at: number = child; at !== goal; at = survivor[at]!) if (doomed[at].length > 0) lists.push(doomed[at]);
    }
    if (lists.length === 1) doomed[step] = Object.freeze(lists[0]);
    else if (lists.length > 1) doomed[step] = Object.freeze([...new Set(lists.flat())].sort((a, b) => a - b));
  }
  return doomed;
}
