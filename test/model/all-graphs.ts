import type { ModelAct, ModelStep } from './model-graph.js';

type Join = 'all' | 'any';
type Does = ModelAct['does'];

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/**
 * Every DAG of this many steps with one beginning, the steps named in topological order, with every assignment of
 * `all` and `any` to the steps of two or more parents.
 */
export function* allGraphs(size: number): Generator<readonly ModelStep[]> {
  for (const parents of products(Array.from({ length: size - 1 }, (_, i) => subsetsOf(i + 1)))) {
    const choices = parents.map((of): readonly (Join | undefined)[] => (of.length > 1 ? ['all', 'any'] : [undefined]));
    for (const joins of products(choices)) yield stepsOf(parents, joins);
  }
}

/** Every pattern of what the steps do. */
export const allPatterns = (size: number): Generator<readonly Does[]> =>
  products<Does>(Array.from({ length: size }, () => ['done', 'skip', 'fail']));

const stepsOf = (parents: readonly (readonly number[])[], joins: readonly (Join | undefined)[]): ModelStep[] =>
  Array.from({ length: parents.length + 1 }, (_, i) => ({
    name: NAMES[i],
    to: parents.flatMap((of, child) => (of.includes(i) ? [NAMES[child + 1]] : [])),
    ...(i > 0 && joins[i - 1] && { join: joins[i - 1] }),
    acts: [{ does: 'done', writes: [] }],
  }));

/** All subsets of 0 … size - 1 but the empty one. */
export const subsetsOf = (size: number): number[][] =>
  Array.from({ length: 2 ** size - 1 }, (_, bits) =>
    Array.from({ length: size }, (_, i) => i).filter((i) => (bits + 1) & (1 << i)),
  );

export function* products<T>(choices: readonly (readonly T[])[]): Generator<readonly T[]> {
  if (choices.length === 0) {
    yield [];
    return;
  }
  for (const last of choices[choices.length - 1]) {
    for (const rest of products(choices.slice(0, -1))) yield [...rest, last];
  }
}
