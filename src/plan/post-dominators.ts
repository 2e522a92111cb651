import type { Graph } from './graph.js';

/**
 * For each step of a graph in plan order the nearest other step that every path from it leads to, or `end` (the number
 * of steps) where the paths have only the end of the run in common.
 *
 * One pass from the last step to the first: the answer is where the children's own chains of answers meet. Chains are
 * climbed by jumps of growing length (a skew-binary ancestor list), so a chain of 10,000 steps costs no 10,000 climbs.
 */
export function postDominators({ children }: Graph): { readonly above: readonly number[]; readonly end: number } {
  const end = children.length;
  const above: number[] = new Array<number>(end + 1).fill(end);
  const jump: number[] = new Array<number>(end + 1).fill(end);
  const depth: number[] = new Array<number>(end + 1).fill(0);

  const meet = (left: number, right: number): number => {
    let [a, b] = depth[left] < depth[right] ? [right, left] : [left, right];
    while (depth[a] > depth[b]) a = depth[jump[a]] >= depth[b] ? jump[a] : above[a];
    while (a !== b) [a, b] = jump[a] === jump[b] ? [above[a], above[b]] : [jump[a], jump[b]];
    return a;
  };

  for (let step = end - 1; step >= 0; step--) {
    const parent = children[step].length === 0 ? end : children[step].reduce(meet);
    const further = jump[parent];
    above[step] = parent;
    depth[step] = depth[parent] + 1;
    jump[step] = depth[parent] - depth[further] === depth[further] - depth[jump[further]] ? jump[further] : parent;
  }
  return { above, end };
}
