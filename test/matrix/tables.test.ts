import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { limitOf, LIMITS, listCells } from '../../matrix/cells.js';
import { toTables } from '../../matrix/tables.js';
import type { Verdict } from '../../matrix/try-cell.js';
import { tsconfigOf, TOOLS } from '../../matrix/tools.js';
import { root } from '../docs/read-programs.js';

const asExpected = listCells().map((cell): Verdict => {
  const limit = limitOf(cell);
  return { cell, status: !limit ? 'passed' : limit.wayOutRuns ? 'way out' : 'not possible' };
});
/** Without the spaces that make columns. */
const plain = (markdown: string): string =>
  markdown
    .replace(/ *\| */g, '|')
    .replace(/-+/g, '-')
    .replace(/\n+/g, '\n')
    .trim();
const guide = readFileSync(`${root}docs/guides/toolchains.md`, 'utf8');

describe('the tables', () => {
  test('of the guide are those of these cells, all as expected', () => {
    const [, written] = /<!-- matrix: begin[^>]*-->([^]*)<!-- matrix: end -->/.exec(guide)!;
    expect(plain(written)).toBe(plain(toTables(asExpected)));
  });

  test('say where it works, where by a way out, where not, and where there is no such cell', () => {
    const rows = toTables(asExpected).split('\n');
    expect(rows.find((row) => row.startsWith('| vite 8'))).toMatch(/\| ✓ \| ✓ \| ✓ \(1\) \| ✓ \(1\) \|$/);
    expect(rows.find((row) => row.startsWith('| vitest'))).toMatch(/\| ✓ \| — \(3\) \| ✓ \(2\) \| — \(3\) \|$/);
    expect(rows.find((row) => row.startsWith('| Node.js alone'))).toMatch(/\| — \| — \| ✓ \(4\) \| ✓ \(4\) \|$/);
    expect(rows.filter((row) => /^\d\. /.test(row))).toHaveLength(LIMITS.length);
  });

  test('name the Node.js on which a tool has failed, and the tools with which a TypeScript has', () => {
    const failing = asExpected.map((verdict): Verdict => {
      const { tool, runtime, dialect, module } = verdict.cell;
      const here = tool === 'swc' && runtime === 'Node 26' && dialect === 'standard' && module === 'CommonJS';
      return here ? { ...verdict, status: 'failed', said: 'no' } : verdict;
    });
    const rows = toTables(failing).split('\n');
    expect(rows.find((row) => row.startsWith('| swc'))).toMatch(/\| ✓ \| ✓ \| ✓ \| ✗ Node 26 \|$/);
    expect(rows.find((row) => row.startsWith('| 7.0'))).toMatch(/\| ✓ \| ✓ \| ✓ \| ✗ swc \|$/);
  });
});

describe('the guide', () => {
  const blocks = [...guide.matchAll(/```(?:js|json)\n([^]*?)```/g)].map(([, code]) => code);
  const [esm] = listCells();
  const cell = (over: Partial<typeof esm>): typeof esm => ({ ...esm, ...over });

  test.each([
    ['tsconfig.json', tsconfigOf(cell({ tool: 'tsc' }))],
    ['.swcrc', TOOLS.swc.settings(cell({ tool: 'swc', dialect: 'standard' }), false)['.swcrc']],
    [
      'vite.config.js',
      TOOLS['vite 8'].settings(cell({ tool: 'vite 8', dialect: 'standard' }), true)['vite.config.mjs'],
    ],
    [
      'vitest.config.js',
      TOOLS.vitest.settings(cell({ tool: 'vitest', dialect: 'standard' }), true)['vitest.config.mjs'],
    ],
  ])('shows the %s that the matrix has tried', async (name, settings) => {
    const filepath = name === '.swcrc' ? 'swc.json' : name;
    expect(blocks).toContain(await format(settings, { filepath, singleQuote: true, printWidth: 120 }));
  });
});
