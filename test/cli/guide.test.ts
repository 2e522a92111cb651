import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPrograms, root } from '../docs/read-programs.js';
import { CliProject } from './cli-project.js';
import { hear } from './listening-io.js';
import { Screen } from './screen.js';

const PAGE = 'docs/guides/cli.md';
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const project = new CliProject();
beforeAll(async () => {
  await project.build();
  project.write('shop.ts', readPrograms(PAGE)[0].code);
  project.write('tsconfig.json', '{ "compilerOptions": { "target": "ESNext" } }');
}, 60_000);
afterAll(() => project.remove());

/** The commands of a page, each with what it prints. */
const blocks = [...readFileSync(root + PAGE, 'utf8').matchAll(/^```console\n(.*?)^```$/gms)].map(([, text]) => text);
const commands = blocks.flatMap((block) =>
  block
    .split(/^\$ npx stepstream /m)
    .slice(1)
    .map((text) => ({ command: text.split('\n', 1)[0], output: text.slice(text.indexOf('\n') + 1) })),
);

/** What differs from run to run. */
const steady = (text: string): string =>
  text
    .replace(UUID, 'ID')
    .replace(/\d+(\.\d)? m?s\b/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'DATE')
    .replace(/ {2,}/g, '  ')
    .replace(/^✓ (Node|stepstream).*\n/gm, '');

/** A page leaves out with `…` what is of no interest. */
const toPattern = (output: string): RegExp =>
  new RegExp(
    `^${steady(output)
      .split(/…(?=\n)/)
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[^]*?')}$`,
  );

test('the guide says what the commands print', { timeout: 60_000 }, async () => {
  let id = '';
  expect(commands.length).toBeGreaterThan(7);
  for (const { command, output } of commands) {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare.replace(UUID, id));
    const screen = new Screen(100);
    await hear(words, {
      cwd: project.path,
      stdoutIsTTY: true,
      stderrIsTTY: true,
      columns: 200,
      onWrite: (text) => screen.write(text),
    });
    id = UUID.exec(screen.text)?.[0] ?? id;
    UUID.lastIndex = 0;
    expect(steady(`${screen.text}\n`).replace(/\n\n$/, '\n'), command).toMatch(toPattern(output));
  }
});
