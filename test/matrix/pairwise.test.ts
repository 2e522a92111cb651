import { describe, expect, test } from 'vitest';
import { AXES, AXIS_NAMES, isCell, limitOf, LIMITS, listCells, nameOf } from '../../matrix/cells.js';
import { choosePairwise, pairsOf } from '../../matrix/pairwise.js';
import { TOOLS } from '../../matrix/tools.js';

const cells = listCells();
const chosen = choosePairwise(cells);
const runs = (cell: (typeof cells)[number]): boolean => limitOf(cell)?.wayOutRuns ?? true;

describe('all cells', () => {
  test('are every combination that means anything, each once', () => {
    const everywhere = 2 * 2 * 3;
    // Seven tools on four Node.js, Bun by itself, and Node.js alone, which has one dialect.
    expect(cells).toHaveLength(7 * 4 * everywhere + everywhere + (4 * everywhere) / 2);
    expect(new Set(cells.map(nameOf)).size).toBe(cells.length);
    expect(cells.every(isCell)).toBe(true);
  });

  test('have every value of every axis', () => {
    for (const axis of AXIS_NAMES)
      expect([...new Set(cells.map((cell) => cell[axis]))].sort()).toEqual([...AXES[axis]].sort());
  });

  test('have a tool that says how it is used', () => {
    for (const cell of cells) expect(TOOLS[cell.tool].commands(cell, runs(cell)).flat().length).toBeGreaterThan(0);
  });

  test('meet every limit', () => {
    expect(LIMITS.filter((limit) => !cells.some((cell) => limitOf(cell) === limit))).toEqual([]);
  });
});

describe('the pairwise choice', () => {
  test('has every pair of values that any cell has', () => {
    expect(new Set(chosen.flatMap(pairsOf))).toEqual(new Set(cells.flatMap(pairsOf)));
  });

  test('runs every pair that can be run: no cell that is not possible stands for one that is', () => {
    const runnable = new Set(cells.filter(runs).flatMap(pairsOf));
    expect(new Set(chosen.filter(runs).flatMap(pairsOf))).toEqual(runnable);
  });

  test('tries every limit', () => {
    expect(LIMITS.filter((limit) => !chosen.some((cell) => limitOf(cell) === limit))).toEqual([]);
  });

  test('is small: one cell for each tool on each Node.js, three for Bun, and one that is not possible', () => {
    expect(chosen).toHaveLength(8 * 4 + 3 + 1);
  });

  test('is the same every time, and in the order of the cells', () => {
    expect(choosePairwise(cells)).toEqual(chosen);
    expect(cells.filter((cell) => chosen.includes(cell))).toEqual(chosen);
  });

  test('is the least that there can be for two axes, and one cell where there is but one', () => {
    const [one] = cells;
    expect(choosePairwise([one])).toEqual([one]);
    expect(choosePairwise([])).toEqual([]);
    const two = cells.filter((cell) =>
      AXIS_NAMES.every((axis) => ['dialect', 'module'].includes(axis) || cell[axis] === one[axis]),
    );
    expect(two).toHaveLength(4);
    expect(choosePairwise(two)).toEqual(two);
  });
});
