import type { Shape } from './create-shape.js';
import { postDominators } from './post-dominators.js';
import { scopeGraph, type Ends } from './scope-graph.js';

/** What the any-joins of a graph mean for each of its steps (C.5, C.6), by index. */
export interface AnyJoins {
  /** Of an any-join: the steps of its round from which every path leads to it. */
  readonly losers: readonly (readonly number[])[];
  /** The nearest any-join that every path from the step leads to. */
  readonly survivor: readonly (number | undefined)[];
  /** The all-joins between the step and its survivor. */
  readonly doomed: readonly (readonly number[])[];
}

type Joins = readonly ('all' | 'any' | undefined)[];
type Lists = readonly (readonly number[])[];

const NONE: readonly number[] = Object.freeze([]);

/** Finds losers, survivors and doomed joins of a graph in plan order. */
export function analyseAnyJoins(shape: Shape, joins: Joins, ends: Ends): AnyJoins {
  const none = joins.map(() => NONE);
  const survivor = joins.map((): number | undefined => undefined);
  if (!joins.includes('any')) return { losers: none, survivor, doomed: none };
  const losers = joins.map((join): number[] => (join === 'any' ? [] : (NONE as number[])));
  // From the inside out: the nearest any-join is one of the step's own round, if that has any for it.
  for (const scope of scopesOf(shape, joins).sort((a, b) => (b ?? -1) - (a ?? -1))) {
    const nearest = nearestIn(shape, joins, scope, ends);
    for (const [step, join] of nearest) {
      survivor[step] ??= join;
      // Who survives at a join loses at it, and at every any-join that the join itself leads to in any case.
      for (let at: number | undefined = join; at !== undefined; at = nearest.get(at)) losers[at].push(step);
    }
  }
  for (const list of losers) if (list !== NONE) list.sort((a, b) => a - b);
  return { survivor, losers: losers.map((list) => Object.freeze(list)), doomed: findDoomed(shape, joins, survivor) };
}

/** The rounds that any-joins belong to: a header waits in the round around its loop. */
function scopesOf({ loopOf, loops }: Shape, joins: Joins): (number | undefined)[] {
  const scopes = new Set<number | undefined>();
  joins.forEach((join, step) => {
    if (join === 'any') scopes.add(scopeOf({ loopOf, loops }, step));
  });
  return [...scopes];
}

function scopeOf({ loopOf, loops }: Pick<Shape, 'loopOf' | 'loops'>, step: number): number | undefined {
  const loop = loopOf[step];
  return loop !== undefined && loops[loop].header === step ? loops[loop].parent : loop;
}

/** The nearest any-join of one scope that every path from a step leads to. */
function nearestIn(shape: Shape, joins: Joins, scope: number | undefined, ends: Ends): Map<number, number> {
  const { graph, steps } = scopeGraph(shape, scope, ends);
  const { above, end } = postDominators(graph);
  const nearest = new Array<number | undefined>(end + 1).fill(undefined);
  const found = new Map<number, number>();
  for (let place = end - 1; place >= 0; place--) {
    const next = steps[above[place]];
    const counts = next !== undefined && joins[next] === 'any' && scopeOf(shape, next) === scope;
    nearest[place] = counts ? next : nearest[above[place]];
    const step = steps[place];
    const join = nearest[place];
    if (step !== undefined && join !== undefined) found.set(step, join);
  }
  return found;
}

/** From the last step to the first, so that a child's own list is there to be shared: most steps add nothing to it. */
function findDoomed({ forward: { children } }: Shape, joins: Joins, survivor: readonly (number | undefined)[]): Lists {
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
