/** The axes of the matrix, each with its values in the order of the table. */
export const AXES = {
  tool: ['tsc', 'tsx', 'swc', 'tsup', 'vite 7', 'vite 8', 'vitest', 'Bun', 'Node.js alone'],
  dialect: ['legacy', 'standard'],
  module: ['ES modules', 'CommonJS'],
  typescript: ['5.9', '6.0', '7.0'],
  runtime: ['Node 20', 'Node 22', 'Node 24', 'Node 26', 'Bun'],
} as const;

export type Axis = keyof typeof AXES;
/** One way to use the package: one value of every axis. */
export type Cell = { readonly [A in Axis]: (typeof AXES)[A][number] };
export type Tool = Cell['tool'];
export type TypeScript = Cell['typescript'];

export const AXIS_NAMES = Object.keys(AXES) as Axis[];

/** What is tried, exactly: a new version is tried when it is written here. */
export const VERSIONS = {
  typescript: { '5.9': '5.9.3', '6.0': '6.0.3', '7.0': '7.0.2' },
  tsx: '4.23.15',
  swc: '1.16.22',
  tsup: '8.5.1',
  esbuild: '0.28.2',
  'vite 7': '7.3.8',
  'vite 8': '8.3.8',
  vitest: '4.1.12',
  bun: '1.4.5',
} as const;

/** Something that a tool can't do. It is tried all the same: what has become possible fails the matrix, so that no table is out of date. */
export interface Limit {
  readonly where: Partial<Cell>;
  /** What the tool says when it is tried. */
  readonly says: RegExp;
  readonly why: string;
  readonly wayOut: string;
  /** The way out gives the whole program, and is run; otherwise the cell is not possible. */
  readonly wayOutRuns: boolean;
}

export const LIMITS: readonly Limit[] = [
  {
    where: { tool: 'vite 8', dialect: 'standard' },
    says: /SyntaxError: Invalid or unexpected token/,
    why: 'vite 8 leaves standard decorators in the code, which no Node.js and no browser can read.',
    wayOut: 'The plugin `stepstream/vite`; or `experimentalDecorators: true`.',
    wayOutRuns: true,
  },
  {
    where: { tool: 'vitest', dialect: 'standard', module: 'ES modules' },
    says: /SyntaxError: Invalid or unexpected token/,
    why: 'vitest compiles as the vite that it runs on, and vite 8 leaves standard decorators in the code.',
    wayOut: 'The plugin `stepstream/vite` in its config; or `experimentalDecorators: true`.',
    wayOutRuns: true,
  },
  {
    where: { tool: 'vitest', module: 'CommonJS' },
    says: /Vitest cannot be imported in a CommonJS module/,
    why: 'vitest has ES modules only: a CommonJS test file can’t load it.',
    wayOut: 'Write the test as an ES module; what it tests may be CommonJS.',
    wayOutRuns: false,
  },
  {
    where: { tool: 'Node.js alone' },
    says: /SyntaxError: (Invalid or unexpected token|Unexpected token '@')/,
    why: 'Node.js takes types away, but it doesn’t compile decorators.',
    wayOut: '[`definePipeline`](without-decorators.md), which needs none; or compile (`npx tsx`).',
    wayOutRuns: true,
  },
];

/** Whether the combination means anything: Bun runs by itself, and Node.js alone has no legacy decorators to switch on. */
export function isCell(cell: Cell): boolean {
  if ((cell.tool === 'Bun') !== (cell.runtime === 'Bun')) return false;
  return cell.tool !== 'Node.js alone' || cell.dialect === 'standard';
}

/** All cells, in the order of the axes. */
export function listCells(): Cell[] {
  const all = AXIS_NAMES.reduce<Partial<Cell>[]>(
    (cells, axis) => cells.flatMap((cell) => AXES[axis].map((value) => ({ ...cell, [axis]: value }))),
    [{}],
  );
  return (all as Cell[]).filter(isCell);
}

/** What is in the way of a cell, if anything. */
export const limitOf = (cell: Cell): Limit | undefined =>
  LIMITS.find(({ where }) => AXIS_NAMES.every((axis) => where[axis] === undefined || where[axis] === cell[axis]));

/** The name of a cell: `vite 8 · standard · CommonJS · TypeScript 6.0 · Node 24`. */
export const nameOf = (cell: Cell): string =>
  [cell.tool, cell.dialect, cell.module, `TypeScript ${cell.typescript}`, cell.runtime].join(' · ');
