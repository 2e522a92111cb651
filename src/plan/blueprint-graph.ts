import type { Blueprint } from '../scanner/blueprint.js';
import { createGraph, type Graph } from './graph.js';

/** The graph of a blueprint in order of declaration. `resolve` may know better which step a name means; by default an unknown one means none. */
export function blueprintGraph(
  { steps }: Blueprint,
  resolve: (name: string) => string | undefined = (name) => name,
): Graph {
  const indexes = new Map(steps.map(({ name }, index) => [name, index]));
  const indexOf = (name: string): number | undefined => indexes.get(resolve(name) ?? name);
  return createGraph(steps.map(({ to }) => [...new Set(to.map(indexOf).filter((index) => index !== undefined))]));
}
