import type { Shape } from './create-shape.js';
import { createGraph, type Graph } from './graph.js';
import { planOrder } from './plan-order.js';

/** The ways of one round, without any cycle and in topological order. */
export interface ScopeGraph {
  readonly graph: Graph;
  /** The step at each place; undefined where a place is none. */
  readonly steps: readonly (number | undefined)[];
}

/** Which steps can end without taking an edge: no path goes on there in any case (C.6). */
export type Ends = (step: number) => boolean;

/**
 * All ways from the steps of one round of a loop, or of the run, to the end of that round. A jump of the loop, an edge
 * out of it and a step that can end without an edge lead there; a loop that nothing leaves ends a path too. A jump of a
 * loop inside leads, in the end, to whatever leaves that loop: so its source leads to all of it, and nothing is a cycle.
 */
export function scopeGraph(shape: Shape, scope: number | undefined, ends: Ends): ScopeGraph {
  const { children, loops } = shape;
  if (loops.length === 0 && !children.some((targets, step) => targets.length > 0 && ends(step)))
    return { graph: shape.forward, steps: [...children.keys()] };
  const members = scope === undefined ? [...children.keys()] : loops[scope].body;
  const within = loops.filter(({ id }) => id !== scope && isWithin(shape, id, scope));
  // Behind the steps stand the loops inside, each the place where its jumps lead, and then the end.
  const end = members.length + within.length;
  const places = new Map<number, number>(members.map((step, place) => [step, place]));
  const loopPlaces = new Map<number, number>(within.map(({ id }, index) => [id, members.length + index]));
  const placeOf = (from: number, to: number): number => {
    if (!shape.jumps[from].includes(to)) return places.get(to) ?? end;
    return loopPlaces.get(shape.loopOf[to]!) ?? end;
  };
  const waysOf = (step: number): number[] => [
    ...children[step].map((to) => placeOf(step, to)),
    ...(ends(step) ? [end] : []),
  ];
  const waysOut = ({ body }: { readonly body: readonly number[] }): number[] => {
    const inside = new Set(body);
    return body.flatMap((step) => [
      ...children[step].filter((to) => !inside.has(to)).map((to) => placeOf(step, to)),
      ...(ends(step) || children[step].length === 0 ? [end] : []),
    ]);
  };
  const ways = [...members.map(waysOf), ...within.map(waysOut), []];
  return inOrder(
    ways.map((targets) => [...new Set(targets)]),
    members,
  );
}

function isWithin({ loops }: Shape, loop: number, scope: number | undefined): boolean {
  let at: number | undefined = loop;
  while (at !== undefined && at !== scope) at = loops[at].parent;
  return at === scope;
}

function inOrder(ways: readonly (readonly number[])[], members: readonly number[]): ScopeGraph {
  const order = planOrder(createGraph(ways));
  const ids: number[] = [];
  order.forEach((place, id) => (ids[place] = id));
  return {
    graph: createGraph(order.map((place) => ways[place].map((target) => ids[target]))),
    steps: order.map((place) => members[place]),
  };
}
