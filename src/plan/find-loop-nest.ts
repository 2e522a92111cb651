import { findLoops } from './find-loops.js';
import { createGraph, type Graph } from './graph.js';

/** A loop of a graph, by index. */
export interface FoundLoop {
  /** Its only step that is entered from outside, or where the run begins. */
  readonly header: number;
  /** Its steps in ascending order, those of the loops inside it included. */
  readonly body: readonly number[];
  /** The place of the loop around it among those found. */
  readonly parent?: number;
}

/** All loops of a graph without mistakes, each before those inside it (C.2). */
export function findLoopNest(graph: Graph, beginnings: readonly number[]): readonly FoundLoop[] {
  const begins = new Set(beginnings);
  const loops = findLoops(graph).map((body): FoundLoop => ({ header: headerOf(graph, body, begins), body }));
  // Without the edges into its header a loop falls apart into those inside it.
  for (let parent = 0; parent < loops.length; parent++)
    for (const body of findInside(graph, loops[parent]))
      loops.push({ header: headerOf(graph, body, begins), body, parent });
  return loops;
}

function findInside({ children }: Graph, { header, body }: FoundLoop): number[][] {
  const places = new Map(body.map((step, place) => [step, place]));
  places.delete(header);
  const inside = body.map((step) => children[step].map((child) => places.get(child)).filter((at) => at !== undefined));
  return findLoops(createGraph(inside)).map((loop) => loop.map((place) => body[place]));
}

function headerOf({ parents }: Graph, body: readonly number[], begins: ReadonlySet<number>): number {
  const inside = new Set(body);
  return (
    body.find((step) => begins.has(step) || parents[step].some((parent) => !inside.has(parent))) ??
    // Only where the plan of a class with mistakes is looked at.
    body[0]
  );
}
