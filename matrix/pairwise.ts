import { AXIS_NAMES, limitOf, type Cell } from './cells.js';

/** The pairs of values that a cell has: `tool=swc dialect=legacy`. */
export const pairsOf = (cell: Cell): string[] =>
  AXIS_NAMES.flatMap((one, at) =>
    AXIS_NAMES.slice(at + 1).map((other) => `${one}=${cell[one]} ${other}=${cell[other]}`),
  );

const canRun = (cell: Cell): boolean => limitOf(cell)?.wayOutRuns ?? true;

/**
 * A choice of cells that has every pair of values that any cell has: again and again the one that brings most new pairs,
 * of several the one whose values were chosen least, of several the first. A pair that can be run is there in a cell that
 * runs, not only in one that is not possible.
 */
export function choosePairwise(cells: readonly Cell[]): Cell[] {
  const missing = new Set(cells.flatMap(pairsOf));
  const chosen = [...cover(cells.filter(canRun), missing), ...cover(cells, missing)];
  return cells.filter((cell) => chosen.includes(cell));
}

function cover(cells: readonly Cell[], missing: Set<string>): Cell[] {
  const chosen: Cell[] = [];
  const uses = (cell: Cell): number =>
    chosen.reduce((sum, other) => sum + AXIS_NAMES.filter((axis) => other[axis] === cell[axis]).length, 0);
  for (;;) {
    const brings = cells.map((cell) => pairsOf(cell).filter((pair) => missing.has(pair)).length);
    const most = Math.max(0, ...brings);
    if (most === 0) return chosen;
    const best = cells
      .filter((_cell, index) => brings[index] === most)
      .reduce((least, cell) => (uses(cell) < uses(least) ? cell : least));
    chosen.push(best);
    for (const pair of pairsOf(best)) missing.delete(pair);
  }
}
