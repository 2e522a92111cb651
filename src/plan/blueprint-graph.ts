import type { Blueprint, StepBlueprint } from '../scanner/blueprint.js';
import { createGraph, type Graph } from './graph.js';

/** The graph of a blueprint in order of declaration, jumps included. `resolve` may know better which step a name means; by default an unknown one means none. */
export function blueprintGraph(
  { steps }: Blueprint,
  resolve: (name: string) => string | undefined = (name) => name,
): Graph {
  const indexes = new Map(steps.map(({ name }, index) => [name, index]));
  const indexOf = (name: string): number | undefined => indexes.get(resolve(name) ?? name);
  const isKnown = (index: number | undefined): index is number => index !== undefined;
  return createGraph(steps.map((step) => [...new Set(targetsOf(step).map(indexOf).filter(isKnown))]));
}

/** By whatever option a step names another one, it is an edge, and one edge however often (B.4). */
function targetsOf({ to, goto, cases, otherwise }: StepBlueprint): readonly string[] {
  if (goto.length === 0 && cases === undefined) return to;
  const targets = [...to, ...goto, ...Object.values(cases ?? {}), otherwise ?? null];
  return targets.filter((target) => target !== null);
}
