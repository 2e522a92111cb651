/** Who leads to whom, by index; in a blueprint's graph that is the order of declaration, in a plan's the plan order. */
export interface Graph {
  readonly children: readonly (readonly number[])[];
  readonly parents: readonly (readonly number[])[];
}

/** Makes a graph of the children of each index, each named once. */
export function createGraph(children: readonly (readonly number[])[]): Graph {
  const parents: number[][] = children.map(() => []);
  children.forEach((targets, source) => targets.forEach((target) => parents[target].push(source)));
  return { children, parents };
}
