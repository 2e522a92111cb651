import { afterAll, describe, expect, test } from 'vitest';
import { checkPrograms } from './check-programs.js';
import { ProgramsFolder, type Dialect } from './programs-folder.js';
import { listPages, readPrograms } from './read-programs.js';

const programs = listPages().flatMap(readPrograms);
const folder = new ProgramsFolder(programs);
afterAll(() => folder[Symbol.dispose]());

// All pages together, for the compiler takes longest to read what they import.
describe('the programs of README.md and docs/', () => {
  test.each<Dialect>(['legacy', 'standard'])('compile with %s decorators', { timeout: 120_000 }, (dialect) => {
    expect(checkPrograms(folder.filesIn(dialect), dialect)).toEqual([]);
  });

  test('are more than two hundred', () => {
    expect(programs.length).toBeGreaterThan(200);
  });
});
