import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { AXES, limitOf, LIMITS, VERSIONS, type Cell, type Limit, type Tool } from './cells.js';
import type { Verdict } from './try-cell.js';

const PAGE = new URL('../docs/guides/toolchains.md', import.meta.url);
const MARKS = /(<!-- matrix: begin[^>]*-->\n)[^]*(<!-- matrix: end -->)/;

/** Writes what came of all cells into the guide, between its marks. */
export async function writeTables(verdicts: readonly Verdict[]): Promise<void> {
  const page = readFileSync(PAGE, 'utf8');
  if (!MARKS.test(page)) throw new Error(`${PAGE.pathname} has no marks for the tables.`);
  const written = page.replace(MARKS, (_all, begin: string, end: string) => `${begin}\n${toTables(verdicts)}\n${end}`);
  writeFileSync(PAGE, await format(written, { ...(await resolveConfig(PAGE)), filepath: PAGE.pathname }));
}

/** The tables as Markdown: tools by dialect and module system, versions of TypeScript, and what the numbers mean. */
export function toTables(verdicts: readonly Verdict[]): string {
  const ways = AXES.dialect.flatMap((dialect) => AXES.module.map((module) => ({ dialect, module })));
  const heads = ways.map(({ dialect, module }) => `${dialect}, ${module}`);
  const tools = AXES.tool.map((tool) => [
    versionOf(tool),
    ...ways.map((way) => cellText(verdicts, { ...way, tool }, 'runtime')),
  ]);
  const versions = AXES.typescript.map((typescript) => [
    VERSIONS.typescript[typescript],
    ...ways.map((way) => cellText(verdicts, { ...way, typescript }, 'tool')),
  ]);
  const limits = LIMITS.map(({ why, wayOut }, index) => `${index + 1}. ${why} The way out: ${wayOut}`);
  return [table(['Tool', ...heads], tools), table(['TypeScript', ...heads], versions), limits.join('\n'), ''].join(
    '\n\n',
  );
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** What came of all cells with these values: where it worked, the numbers of the limits, and what failed. */
function cellText(verdicts: readonly Verdict[], values: Partial<Cell>, along: 'runtime' | 'tool'): string {
  const these = verdicts.filter(({ cell }) =>
    Object.entries(values).every(([axis, value]) => cell[axis as keyof Cell] === value),
  );
  if (these.length === 0) return '—';
  const failed = these.filter(({ status }) => status === 'failed').map(({ cell }) => cell[along]);
  if (failed.length > 0) return `✗ ${[...new Set(failed)].join(', ')}`;
  if (along === 'tool') return '✓';
  const limit = limitOf(these[0].cell);
  return limit ? `${limit.wayOutRuns ? '✓' : '—'} ${numberOf(limit)}` : '✓';
}

const numberOf = (limit: Limit): string => `(${LIMITS.indexOf(limit) + 1})`;

function versionOf(tool: Tool): string {
  const all = Object.values(VERSIONS.typescript);
  const versions: Record<Tool, string> = {
    tsc: `tsc ${all.join(', ')}`,
    tsx: `tsx ${VERSIONS.tsx} (esbuild)`,
    swc: `swc ${VERSIONS.swc}`,
    tsup: `tsup ${VERSIONS.tsup} (esbuild ${VERSIONS.esbuild}), minified`,
    'vite 7': `vite ${VERSIONS['vite 7']}, bundled and minified`,
    'vite 8': `vite ${VERSIONS['vite 8']}, bundled and minified`,
    vitest: `vitest ${VERSIONS.vitest} on vite ${VERSIONS['vite 8']}`,
    Bun: `Bun ${VERSIONS.bun}`,
    'Node.js alone': 'Node.js alone, nothing compiled',
  };
  return versions[tool];
}
