import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { PackedProject } from './packed-project.js';

const packed = new PackedProject();
beforeAll(() => packed.install(), 300_000);
afterAll(() => packed.remove());

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs what npm has put into node_modules/.bin, as `npx stepstream` does. */
const stepstream = (...args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    const bin = join(packed.project, 'node_modules/.bin/stepstream');
    const child = execFile(bin, args, { cwd: packed.project, timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr, code: child.exitCode! }),
    );
  });

const BOT =
  "{ name: 'bot', steps: { start: { to: 'say', step: () => 'hi' }, say: { async *streaming({ input }) { yield input; } } } }";

describe('npx stepstream of the packed package', () => {
  test('says which version it is', async () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    expect(await stepstream('--version')).toEqual({ stdout: `${version}\n`, stderr: '', code: 0 });
  });

  test.each([
    [
      'an ES module',
      'bot.mjs',
      `import { definePipeline } from 'stepstream';\nexport const Bot = definePipeline(${BOT});`,
    ],
    [
      'CommonJS',
      'bot.cjs',
      `const { definePipeline } = require('stepstream');\nmodule.exports = { Bot: definePipeline(${BOT}) };`,
    ],
  ])('draws and runs %s, with nothing else installed', async (_what, name, text) => {
    packed.write(name, text);
    const drawn = await stepstream('graph', name);
    expect({ ...drawn, stdout: drawn.stdout.slice(0, 9) }).toEqual({ stdout: 'graph TD\n', stderr: '', code: 0 });
    const { stdout, stderr, code } = await stepstream('run', name, '--input', '{}');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; value?: string });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(events.find(({ type }) => type === 'token')).toMatchObject({ value: 'hi' });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });

  test('says in one line what TypeScript and a check need', async () => {
    packed.write('bot.ts', 'export {};');
    packed.write('bot.mjs', `import { definePipeline } from 'stepstream';\nexport const Bot = definePipeline(${BOT});`);
    const answers = [
      await stepstream('graph', 'bot.ts'),
      await stepstream('check', 'bot.mjs'),
      await stepstream('graph', 'nowhere.mjs'),
    ];
    for (const { stdout, stderr, code } of answers) {
      expect({ stdout, code, lines: stderr.split('\n').length }).toEqual({ stdout: '', code: 2, lines: 2 });
    }
    expect(answers[0].stderr).toContain('npm install -D tsx');
    expect(answers[1].stderr).toContain('npm install -D acorn');
  });

  test('finds nothing wrong with the project that it is installed in', async () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    expect(await stepstream('doctor')).toEqual({
      stdout: `✓ Node.js ${process.versions.node}\n✓ stepstream ${version}\nno problems\n`,
      stderr: '',
      code: 0,
    });
  });
});
