import type { ModelGraph, ModelStep } from './model-graph.js';

type Short = Partial<Omit<ModelStep, 'name' | 'to'>> & { readonly to?: string };

/** A graph in few words: `to` lists names by spaces, what is left out is an ordinary step that is done. */
export function graphOf(
  steps: Readonly<Record<string, Short>>,
  rest: Partial<Omit<ModelGraph, 'steps'>> = {},
): ModelGraph {
  return {
    state: {},
    merge: {},
    ...rest,
    steps: Object.entries(steps).map(([name, { to, ...step }]) => ({
      name,
      behaviour: 'done',
      writes: [],
      ...step,
      to: to?.split(' ') ?? [],
    })),
  };
}
