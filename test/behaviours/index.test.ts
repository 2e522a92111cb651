import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const files = readdirSync(new URL('.', import.meta.url)).filter((file) => /^(?!index\.).*\.test\.ts$/.test(file));

/** One test as its file has it: its sentence. */
interface Case {
  readonly id: string;
  readonly sentence: string;
  readonly file: string;
}

const cases: Case[] = files.flatMap((file) =>
  [...read(file).matchAll(/^it\('(?<id>B\d{3}) (?<sentence>.*)', (?:async )?\(\) => \{$/gm)].map(({ groups }) => ({
    ...(groups as { id: string; sentence: string }),
    file,
  })),
);

/** The rows of the table in README.md, as `id sentence file`. */
const rows = [
  ...read('README.md').matchAll(/^\| (B\d{3})(?:\\\*)? +\| [^|]+ \| ([^|]+?) +\| \[[^\]]+\]\(([^)]+)\) +\|$/gm),
].map(([, id, sentence, file]) => `${id} ${sentence} ${file}`);

describe('the index of behaviours', () => {
  it('has every case once, as its test says it', () => {
    expect(rows).toHaveLength(121);
    expect(cases.map(({ id, sentence, file }) => `${id} ${sentence} ${file}`).sort()).toEqual(rows);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it('has no test beside its cases, and none that is left out', () => {
    const called = files.flatMap((file) => read(file).match(/\b(?:it|test|describe)(?:\.\w+)*\(/g) ?? []);
    expect(called).toEqual(cases.map(() => 'it('));
  });

  it('lets no case pass in which nothing was expected', () => {
    for (const file of files) expect(read(file)).toContain('\nbeforeEach(() => expect.hasAssertions());\n');
  });
});
