import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toMermaid } from 'stepstream/mermaid';
import { Chatbot } from '../../examples/chatbot/chatbot.js';
import { ANSWER, startModelServer } from '../openai/model-server.js';
import { freePort } from './free-port.js';
import type { Said } from './program-host.js';
import { ProgramsFolder, programsIn, type Dialect } from './programs-folder.js';
import { listPages, readPage, readPrograms, root, type Program } from './read-programs.js';

// The pages of single errors show programs that fail; errors.test.ts runs those.
const programs = listPages()
  .filter((page) => !/^docs\/errors\/[A-Z_]+\.md$/.test(page) || page.endsWith('/README.md'))
  .flatMap(readPrograms);
/** Guides that show what was measured, or what commands print, which have tests of their own. */
const TABLES = ['docs/guides/toolchains.md', 'docs/guides/cli.md'];
const talking = programs.filter(({ output }) => output !== undefined);
const folder = new ProgramsFolder(programs);
afterAll(() => folder[Symbol.dispose]());

describe.each<Dialect>(['legacy', 'standard'])('what README.md and docs/ show, with %s decorators', (dialect) => {
  let all: ReadonlyMap<Program, Said>;
  beforeAll(async () => {
    await folder.build(dialect);
    all = await folder.runAll(programsIn(dialect, talking), dialect);
  }, 120_000);

  test.each(programsIn(dialect, talking))('prints what the page says: $page:$line', (program) => {
    const { stdout, stderr, code } = all.get(program)!;
    expect({ stdout, stderr, code }).toEqual({ stdout: program.output, stderr: '', code: 0 });
  });

  test('asks a real client, as README.md does under "With OpenAI"', { timeout: 60_000 }, async () => {
    await using server = await startModelServer();
    const env = { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: server.baseURL };
    const { stdout, stderr, code } = await folder.run(underHeading('With OpenAI'), dialect, { args: ['answer'], env });
    const usage = { input: 11, output: 7, models: { 'gpt-4o-mini': { input: 11, output: 7 } } };
    expect(stdout).toBe(`${ANSWER}\n${JSON.stringify(usage)}\n`);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test(
    'serves as README.md does under "On a server", and stops for a client that leaves',
    { timeout: 60_000 },
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/?q=hello`;
      let asking: Promise<string> | undefined;
      const { stdout, stderr, code } = await folder.run(underHeading('On a server'), dialect, {
        env: { PORT: String(port) },
        onStdout(said, kill) {
          if (said === 'listening\n') asking ??= askAndLeave(url);
          if (said.endsWith('disconnected\n')) kill('SIGTERM');
        },
      });
      expect(await asking).toBe('Hello from the server.');
      expect({ stdout, stderr, code }).toEqual({
        stdout: 'listening\ncomplete\ndisconnected\nshut down\n',
        stderr: '',
        code: 0,
      });
    },
  );
});

const underHeading = (heading: string) => programs.find((program) => program.heading === heading)!;

/** Reads one answer to its end, and leaves the next after its first piece. */
async function askAndLeave(url: string): Promise<string> {
  const answer = await (await fetch(url)).text();
  const { body } = await fetch(url);
  for await (const piece of body!) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  return answer;
}

test('every relative link leads to a file', () => {
  const links = listPages().flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => ({ page, link })),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ page, link }) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

test('README.md has a row for every type of event, and no other', () => {
  const [, table] = /^## Events$(.*?)^## /ms.exec(readPage('README.md'))!;
  const rows = table.split('\n').map((line) => /^\| (`.*?) +\|/.exec(line)?.[1] ?? '');
  const shown = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, type]) => type));
  const sources = readFileSync(`${root}src/run/events.ts`, 'utf8');
  expect(shown.sort()).toEqual([...sources.matchAll(/readonly type: '([a-z-]+)'/g)].map(([, type]) => type).sort());
});

test('README.md shows the graph of a class like its own', () => {
  const shown = /^```mermaid\n(.*?)\n```$/ms.exec(readPage('README.md'))?.[1];
  expect(shown).toBe(toMermaid(Chatbot));
});

test('there are programs in README.md and in every guide, and each says what it prints', () => {
  const pages = new Set(talking.map(({ page }) => page));
  const guides = listPages().filter((page) => page === 'README.md' || page.startsWith('docs/guides/'));
  expect(guides.filter((page) => !pages.has(page) && !TABLES.includes(page))).toEqual([]);
});
