import { findLoopNest, type FoundLoop } from './find-loop-nest.js';
import { createGraph, type Graph } from './graph.js';
import { planOrder } from './plan-order.js';
import type { PlanLoop } from './plan.js';

/** The execution graph of a plan: its edges in plan order, sorted by what they mean for the rounds of its loops (C.2). */
export interface Shape {
  /** The index in order of declaration of each step in plan order. */
  readonly order: readonly number[];
  /** All edges. */
  readonly children: readonly (readonly number[])[];
  /** The edges that are no jumps. */
  readonly forward: Graph;
  /** Per step its jumps, and the forward edges that don't leave a loop. */
  readonly jumps: readonly (readonly number[])[];
  readonly inner: readonly (readonly number[])[];
  readonly loops: readonly PlanLoop[];
  /** The innermost loop of each step. */
  readonly loopOf: readonly (number | undefined)[];
}

const NONE: readonly number[] = Object.freeze([]);
type Edges = readonly (readonly number[])[];

/** Sorts a graph in order of declaration, of a blueprint without mistakes. */
export function createShape(declared: Graph, beginnings: readonly number[]): Shape {
  const found = findLoopNest(declared, beginnings);
  const back = found.length > 0 ? jumpsOf(declared, found) : undefined;
  const ahead = back ? without(declared.children, back) : declared.children;
  const order = planOrder(back ? createGraph(ahead) : declared);
  const ids: number[] = [];
  order.forEach((index, id) => (ids[index] = id));
  const inOrder = (indexes: readonly number[]): number[] => indexes.map((index) => ids[index]).sort((a, b) => a - b);
  const renumber = (edges: Edges): Edges => order.map((index) => Object.freeze(inOrder(edges[index])));
  const children = renumber(declared.children);
  if (back === undefined) {
    const none = order.map(() => NONE);
    const loopOf = order.map(() => undefined);
    return { order, children, forward: createGraph(children), jumps: none, inner: children, loops: [], loopOf };
  }
  // The same list where nothing is left out: what is the same needs no search at run time.
  const forward = createGraph(renumber(ahead).map((to, id) => (to.length === children[id].length ? children[id] : to)));
  const nest = found.map(({ header, body, parent }) => ({ header: ids[header], body: inOrder(body), parent }));
  return { order, children, forward, jumps: renumber(back), ...createLoops(nest, forward) };
}

/** Of each step those of its edges that lead to the header of a loop which it is in. */
function jumpsOf({ children, parents }: Graph, loops: readonly FoundLoop[]): Edges {
  const jumps: number[][] = children.map(() => []);
  for (const { header, body } of loops) {
    const inside = new Set(body);
    for (const parent of parents[header]) if (inside.has(parent)) jumps[parent].push(header);
  }
  return jumps;
}

const without = (edges: Edges, others: Edges): Edges =>
  edges.map((targets, source) => targets.filter((target) => !others[source].includes(target)));

/** Which edges leave a loop, and which loop they hang on: the outermost that they leave (C.3). */
function createLoops(nest: readonly FoundLoop[], { children }: Graph): Pick<Shape, 'inner' | 'loops' | 'loopOf'> {
  const loopOf = children.map((): number | undefined => undefined);
  nest.forEach(({ body }, loop) => body.forEach((step) => (loopOf[step] = loop)));
  const exits: (readonly [from: number, to: number])[][] = nest.map(() => []);
  const inner = children.map((targets, source) => {
    const staying = targets.filter((target) => {
      const left = outermostLeft(nest, loopOf[source], loopOf[target]);
      if (left !== undefined) exits[left].push(Object.freeze([source, target] as const));
      return left === undefined;
    });
    return staying.length === targets.length ? targets : Object.freeze(staying);
  });
  const loops = nest.map(({ body, ...loop }, id): PlanLoop =>
    Object.freeze({
      id,
      ...loop,
      depth: depthOf(nest, id),
      body: Object.freeze(body),
      exits: Object.freeze(exits[id]),
    }),
  );
  return { inner, loops, loopOf };
}

function outermostLeft(
  nest: readonly FoundLoop[],
  from: number | undefined,
  to: number | undefined,
): number | undefined {
  let left: number | undefined;
  for (let loop = from; loop !== undefined && !holds(nest, loop, to); loop = nest[loop].parent) left = loop;
  return left;
}

/** Whether a loop is another one, or around it. */
function holds(nest: readonly FoundLoop[], loop: number, other: number | undefined): boolean {
  let at = other;
  while (at !== undefined && at !== loop) at = nest[at].parent;
  return at === loop;
}

function depthOf(nest: readonly FoundLoop[], id: number): number {
  let depth = 0;
  for (let at: number | undefined = id; at !== undefined; at = nest[at].parent) depth++;
  return depth;
}
