import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProgramsFolder, type Dialect } from './programs-folder.js';
import { listPages, readPrograms } from './read-programs.js';

// The pages of single errors show programs that fail; errors.test.ts runs those.
const programs = listPages()
  .filter((page) => !/^docs\/errors\/[A-Z_]+\.md$/.test(page) || page.endsWith('/README.md'))
  .flatMap(readPrograms);
const talking = programs.filter(({ output }) => output !== undefined);
const folder = new ProgramsFolder(programs);
afterAll(() => folder[Symbol.dispose]());

describe.each<Dialect>(['legacy', 'standard'])('what README.md and docs/ show, with %s decorators', (dialect) => {
  beforeAll(() => folder.build(dialect), 60_000);

  test('compiles', { timeout: 120_000 }, () => {
    expect(folder.check(dialect)).toEqual([]);
  });

  test.each(talking)('prints what the page says: $page:$line', { timeout: 60_000 }, async (program) => {
    const { stdout, stderr, code } = await folder.run(program, dialect);
    expect({ stdout, stderr, code }).toEqual({ stdout: program.output, stderr: '', code: 0 });
  });
});

test('there are programs in README.md and in every guide, and each says what it prints', () => {
  const pages = new Set(talking.map(({ page }) => page));
  const guides = listPages().filter((page) => page === 'README.md' || page.startsWith('docs/guides/'));
  expect(guides.filter((page) => !pages.has(page))).toEqual([]);
});
