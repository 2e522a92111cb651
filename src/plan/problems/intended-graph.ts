import type { Blueprint } from '../../scanner/blueprint.js';
import { blueprintGraph } from '../blueprint-graph.js';
import type { Graph } from '../graph.js';
import { nearestName } from './nearest-name.js';

/** The graph that the author had in mind: a misspelt target is one mistake, not also a step that nothing leads to. */
export function intendedGraph(blueprint: Blueprint): Graph {
  const names = new Set(blueprint.steps.map(({ name }) => name).filter((name) => typeof name === 'string'));
  return blueprintGraph(blueprint, (name) => (names.has(name) ? name : nearestName(name, names)));
}
