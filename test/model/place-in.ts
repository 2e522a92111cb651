import { visitOf } from './current-key.js';
import type { Place } from './model-behaviour.js';
import type { ModelGraph } from './model-graph.js';

/** Where in a graph, or in its children, a key belongs. */
export function placeIn(graph: ModelGraph, key: string): Place {
  const segments = key.split('/');
  const steps = segments.map((segment) => segment.replace(/[#[].*$/, ''));
  const inside = steps.slice(0, -1).reduce((around, name) => {
    const { child } = around.steps.find((step) => step.name === name)!;
    return around.children![child!];
  }, graph);
  const step = inside.steps.find(({ name }) => name === steps.at(-1))!;
  return { graph: inside, step, key, ...visitOf(segments.at(-1)!) };
}
