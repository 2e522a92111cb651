import type { Graph } from './graph.js';

interface Frame {
  readonly step: number;
  next: number;
}

/**
 * The strongly connected components that contain a cycle, each in order of declaration, by Tarjan's algorithm on a
 * stack of its own: a chain of 10,000 steps is no reason to overflow the real one.
 */
export function findLoops({ children }: Graph): number[][] {
  const found = new Int32Array(children.length).fill(-1);
  const low = new Int32Array(children.length);
  const open: number[] = [];
  const isOpen = new Uint8Array(children.length);
  const loops: number[][] = [];
  let count = 0;

  const enter = (step: number): Frame => {
    found[step] = low[step] = count++;
    open.push(step);
    isOpen[step] = 1;
    return { step, next: 0 };
  };
  const close = (step: number): void => {
    const members = open.splice(open.lastIndexOf(step));
    for (const member of members) isOpen[member] = 0;
    if (members.length > 1 || children[step].includes(step)) loops.push(members.sort((a, b) => a - b));
  };

  for (let root = 0; root < children.length; root++) {
    if (found[root] !== -1) continue;
    const frames = [enter(root)];
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      const { step } = frame;
      const child = children[step][frame.next++];
      if (child === undefined) {
        if (low[step] === found[step]) close(step);
        frames.pop();
        const above = frames.at(-1);
        if (above) low[above.step] = Math.min(low[above.step], low[step]);
      } else if (found[child] === -1) frames.push(enter(child));
      else if (isOpen[child]) low[step] = Math.min(low[step], found[child]);
    }
  }
  return loops.sort(([a], [b]) => a - b);
}
