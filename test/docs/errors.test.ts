import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Said } from './program-host.js';
import { ProgramsFolder } from './programs-folder.js';
import { readPage, readPrograms, readText, root, type Program } from './read-programs.js';

const HEADINGS = ['What has happened', 'What makes it happen', 'What to do'];
/**
 * Codes that no program is known to bring about, those that take workers and a database (test/integration/engine,
 * test/integration/nestjs/cluster.test.ts), and one that the command line finds: test/cli/check.test.ts.
 */
const NO_PROGRAM = [
  ...['DATABASE_RIGHT_MISSING', 'DATABASE_UNREACHABLE', 'DBOS_IN_USE', 'ENGINE_CLOSED'],
  ...['INVALID_ENGINE_OPTION', 'INVALID_QUERY', 'INVALID_SCHEDULE', 'LAZY_ON_ENGINE'],
  ...['NO_SUCH_PIPELINE', 'NO_SUCH_PLAN', 'NO_SUCH_RUN', 'RUN_BROKEN_OFF'],
  ...['RUN_GIVEN_UP', 'RUN_STALLED', 'RUN_TAKEN', 'SCHEMA_TOO_NEW'],
  ...['SECOND_WORKER', 'SHARED_INSTANCE'],
];
/** What Node and DBOS say. */
const NOT_OURS = [
  ...['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'MODULE_NOT_FOUND'],
  'MAX_RECOVERY_ATTEMPTS_EXCEEDED',
];

const pages = readdirSync(`${root}docs/errors`).filter((name) => name !== 'README.md');
const codes = pages.map((name) => name.replace('.md', ''));
const pageOf = (code: string): string => `docs/errors/${code}.md`;

/** Every code in the sources: all texts in capitals with an underscore are codes of errors, problems or warnings. */
function codesOfSources(): string[] {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const all = files.map((name) => readFileSync(`${root}src/${name}`, 'utf8')).join('\n');
  const found = new Set([...all.matchAll(/(['"`])([A-Z]+(?:_[A-Z]+)+)\1/g)].map(([, , code]) => code));
  return [...found].filter((code) => !NOT_OURS.includes(code)).sort();
}

describe('docs/errors', () => {
  test('has a page for every code in the sources, and a code in the sources for every page', () => {
    expect([...codes].sort()).toEqual(codesOfSources());
  });

  test('lists every page once', () => {
    const listed = [...readPage('docs/errors/README.md').matchAll(/\[`?([A-Z_]+)`?\]\(([A-Z_]+)\.md\)/g)];
    expect(listed.filter(([, text, link]) => text !== link)).toEqual([]);
    expect(listed.map(([, text]) => text).sort()).toEqual([...codes].sort());
  });

  test.each(codes)('%s has the headings that every page has', (code) => {
    const lines = readPage(pageOf(code))
      .replace(/^```.*?^```/gms, '')
      .split('\n');
    const headings = lines.filter((line) => line.startsWith('#'));
    expect(headings).toEqual([`# ${code}`, ...HEADINGS.map((heading) => `## ${heading}`)]);
  });
});

const programs = codes.flatMap((code) => readPrograms(pageOf(code)).map((program) => ({ ...program, code, program })));
const folders = {
  // In legacy decorators `#private` methods can't be decorated at all, so most programs run in the standard ones.
  standard: new ProgramsFolder(programs.map(({ program }) => program)),
  legacy: new ProgramsFolder(programs.flatMap(({ program }) => (program.legacyOnly ? [program] : []))),
};
afterAll(() => Object.values(folders).forEach((folder) => folder[Symbol.dispose]()));

describe('the programs of docs/errors', () => {
  const all = new Map<Program, Said>();
  beforeAll(async () => {
    for (const dialect of ['standard', 'legacy'] as const) {
      const folder = folders[dialect];
      await folder.build(dialect);
      const own = programs.flatMap(({ program }) => (program.legacyOnly === (dialect === 'legacy') ? [program] : []));
      for (const [program, said] of await folder.runAll(own, dialect)) all.set(program, said);
    }
  }, 120_000);

  test('are two on every page: one that makes it happen, one that mends it', () => {
    const headings = (code: string) => programs.filter((program) => program.code === code).map((p) => p.heading);
    const others = codes.filter((code) => !NO_PROGRAM.includes(code));
    expect(Object.fromEntries(others.map((code) => [code, headings(code)]))).toEqual(
      Object.fromEntries(others.map((code) => [code, HEADINGS.slice(1)])),
    );
  });

  const wrong = programs.filter(({ heading }) => heading === HEADINGS[1]);
  test.each(wrong)('$code happens, and says what its page says', ({ code, program }) => {
    const { stdout, stderr } = all.get(program)!;
    // What an uncaught error says is indented where it is the cause of another.
    const said = (stdout + stderr).replace(/^ +/gm, '');
    expect(said).toContain(readText(pageOf(code), HEADINGS[0])!.replace(/^ +/gm, ''));
    expect(said).toContain(code);
  });

  const right = programs.filter(({ heading }) => heading === HEADINGS[2]);
  test.each(right)('$code is mended as its page says', ({ code, program }) => {
    const { stdout, stderr, code: exit } = all.get(program)!;
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    expect(stdout).not.toContain(code);
  });
});
