import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hear, type Played } from './listening-io.js';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'stepstream-doctor-'));
  write({
    'package.json': '{}',
    'node_modules/stepstream/package.json': '{ "name": "stepstream", "version": "1.0.0" }',
  });
});
afterEach(() => rmSync(path, { recursive: true }));

type Files = Readonly<Record<string, string | object>>;

function write(files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const doctor = (args: readonly string[] = [], played?: Partial<Played>) =>
  hear(['doctor', ...args], { cwd: path, ...played });

/** The lines about what is wrong, and whether the exit code agrees. */
async function wrong(files: Files): Promise<string[]> {
  write(files);
  const { stdout, stderr, code } = await doctor();
  const lines = stdout.split('\n').slice(0, -1);
  const found = lines.filter((line) => line.startsWith('✗ ')).map((line) => line.slice(2));
  expect({ stderr, code }).toEqual({ stderr: '', code: found.length > 0 ? 1 : 0 });
  expect(lines.at(-1)).toBe(`${found.length || 'no'} ${found.length === 1 ? 'problem' : 'problems'}`);
  return found;
}

const tsconfig = (compilerOptions: object) => ({ 'tsconfig.json': { compilerOptions } });
const LEGACY = tsconfig({ experimentalDecorators: true });
const installed = (name: string, version: string) => ({ [`node_modules/${name}/package.json`]: { name, version } });

describe('stepstream doctor', () => {
  test('finds nothing wrong with a plain project, and says what it has looked at', async () => {
    write({
      ...LEGACY,
      '.swcrc': '{ "jsc": { "parser": { "decorators": true }, "transform": { "legacyDecorator": true } } }',
    });
    const { stdout, code } = await doctor();
    expect({ stdout, code }).toEqual({
      stdout:
        '✓ Node.js 20.19.0\n✓ stepstream 1.0.0\n✓ tsconfig.json: legacy decorators\n✓ .swcrc: legacy decorators\nno problems\n',
      code: 0,
    });
  });

  test('looks at the folder that is named', async () => {
    write({ 'app/package.json': '{}', 'app/tsconfig.json': '{ "compilerOptions": { "target": "esnext" } }' });
    expect((await doctor(['app'])).code).toBe(1);
    expect((await doctor(['.'])).code).toBe(0);
  });

  test.each<readonly [string, string | undefined]>([
    ['18.20.4', 'Node.js 18.20.4 is too old. Install Node.js 20.19 or later.'],
    ['20.18.3', 'Node.js 20.18.3 is too old. Install Node.js 20.19 or later.'],
    ['20.19.0', undefined],
    ['22.0.0', undefined],
  ])('knows whether Node.js is too old: %s', async (nodeVersion, said) => {
    const { stdout, code } = await doctor([], { nodeVersion });
    expect({ line: stdout.split('\n')[0], code }).toEqual({
      line: said === undefined ? `✓ Node.js ${nodeVersion}` : `✗ ${said}`,
      code: said === undefined ? 0 : 1,
    });
  });

  test('finds that stepstream is missing', async () => {
    rmSync(join(path, 'node_modules'), { recursive: true });
    expect(await wrong({})).toEqual(['stepstream is not installed. Run `npm install stepstream`.']);
  });

  test.each([
    ['inside a package', 'node_modules/chat-kit/node_modules/stepstream'],
    ['deep inside one of a scope', 'node_modules/@chat/kit/node_modules/other/node_modules/stepstream'],
    ['in the store of pnpm', 'node_modules/.pnpm/stepstream@2.0.0/node_modules/stepstream'],
  ])('finds a second copy %s', async (_where, folder) => {
    expect(await wrong({ [`${folder}/package.json`]: { name: 'stepstream', version: '2.0.0' } })).toEqual([
      `stepstream is installed 2 times (1.0.0 in node_modules/stepstream, 2.0.0 in ${folder}), so that instanceof fails between them. Run \`npm dedupe\`, and let all packages ask for one version.`,
    ]);
  });

  test('takes two links to one copy for one, and follows no circle of links', async () => {
    const nested = join(path, 'node_modules/chat-kit/node_modules');
    mkdirSync(nested, { recursive: true });
    symlinkSync(join(path, 'node_modules/stepstream'), join(nested, 'stepstream'));
    symlinkSync(path, join(path, 'node_modules/myself'));
    expect(await wrong({})).toEqual([]);
  });
});

describe('a toolchain that does not compile decorators', () => {
  const ESNEXT =
    /^tsconfig\.json has the target ESNext.* Say "target": "ES2022", or say "experimentalDecorators": true/;
  const VITE =
    /^vite 8\.1\.0 leaves standard decorators in the code.* Use the plugin stepstream\/vite in vite\.config\.ts, or say/;
  const vite8 = { ...installed('vite', '8.1.0'), 'package.json': { devDependencies: { vite: '8' } } };
  const plain = "import { defineConfig } from 'vite';\nexport default defineConfig({});";
  const plugged = plain
    .replace('{}', '{ plugins: [standardDecorators()] }')
    .replace('import', "import { standardDecorators } from 'stepstream/vite';\nimport");

  test.each<readonly [string, Files, RegExp]>([
    ['tsc for ESNext', tsconfig({ target: 'ESNext' }), ESNEXT],
    [
      'tsc for what a base says, with comments and commas',
      {
        'tsconfig.json': '// mine\n{ "extends": "./base", /* "x": 1 */ "compilerOptions": { "strict": true, }, }',
        'base.json': tsconfig({ target: 'esnext' })['tsconfig.json'],
      },
      ESNEXT,
    ],
    [
      'tsc for what a package says',
      {
        'tsconfig.json': { extends: ['@my/base/tsconfig.json'] },
        'node_modules/@my/base/tsconfig.json': '{ "compilerOptions": { "target": "ESNext" } }',
      },
      ESNEXT,
    ],
    [
      'a tsconfig.json that is none',
      { 'tsconfig.json': '{ "compilerOptions": ' },
      /^tsconfig\.json can't be read: .*JSON.* Mend it\.$/,
    ],
    [
      'a base that is missing',
      { 'tsconfig.json': { extends: '@my/nothing' } },
      /it extends @my\/nothing, which is not installed/,
    ],
    [
      'NestJS without the flag',
      { ...tsconfig({}), 'package.json': { dependencies: { '@nestjs/common': '12' } } },
      /^tsconfig\.json lacks a flag: @nestjs\/common has legacy decorators\. Say "experimentalDecorators": true/,
    ],
    [
      'swc without the flag',
      { '.swcrc': { jsc: { parser: { syntax: 'typescript' } } } },
      /^\.swcrc lacks a flag: .* Say "decorators": true in jsc\.parser\.$/,
    ],
    [
      'swc in another dialect than tsconfig.json',
      { ...LEGACY, '.swcrc': { jsc: { parser: { decorators: true } } } },
      /^\.swcrc compiles standard decorators, and tsconfig\.json checks legacy ones\. Say "legacyDecorator": true/,
    ],
    ['vite 8 without any settings', vite8, VITE],
    ['vite 8 without the plugin', { ...vite8, 'vite.config.ts': plain }, VITE],
    [
      'vitest on vite 8 without the plugin, which vite has',
      { ...vite8, 'vite.config.ts': plugged, 'vitest.config.mts': plain },
      /^vite 8\.1\.0 leaves .* in vitest\.config\.mts, or say/,
    ],
    [
      'rolldown',
      { ...installed('rolldown', '1.0.0'), 'package.json': { dependencies: { rolldown: '1' } } },
      /^rolldown 1\.0\.0 leaves/,
    ],
    [
      'the plugin in a legacy project',
      { ...vite8, ...LEGACY, 'vite.config.ts': plugged },
      /^vite\.config\.ts compiles standard decorators by stepstream\/vite/,
    ],
    [
      'tsup for esnext',
      { 'tsup.config.ts': "export default { target: 'esnext' };" },
      /^tsup has the target esnext in tsup\.config\.ts/,
    ],
    [
      'tsup for esnext in package.json',
      { 'package.json': { tsup: { target: 'esnext' } } },
      /^tsup has the target esnext in package\.json/,
    ],
    [
      'node on TypeScript',
      { 'package.json': { scripts: { start: 'tsc --noEmit && node --watch src/main.ts' } } },
      /^the script "start" has Node\.js run TypeScript by itself.* Run it by tsx/,
    ],
    [
      'esbuild for esnext',
      { 'package.json': { scripts: { build: 'esbuild src/a.ts --target=esnext' } } },
      /^the script "build" builds for the target esnext/,
    ],
  ])('is found: %s', async (_what, files, message) => {
    const found = await wrong(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test.each<readonly [string, Files]>([
    ['tsc for ES2022', tsconfig({ target: 'ES2022' })],
    ['tsc for ESNext with legacy decorators', tsconfig({ target: 'ESNext', experimentalDecorators: true })],
    [
      'what the file itself says, not its base',
      {
        'tsconfig.json': { extends: './base.json', compilerOptions: { target: 'ES2023' } },
        'base.json': tsconfig({ target: 'esnext' })['tsconfig.json'],
      },
    ],
    ['NestJS with the flag', { ...LEGACY, 'package.json': { dependencies: { '@nestjs/common': '12' } } }],
    ['swc with the flag', { '.swcrc': { jsc: { parser: { decorators: true } } } }],
    ['vite 7', { ...vite8, ...installed('vite', '7.3.0') }],
    ['vite 8 with legacy decorators', { ...vite8, ...LEGACY }],
    ['vite 8 with the plugin', { ...vite8, 'vite.config.ts': plugged }],
    ['vite 8 with swc', { ...vite8, 'vite.config.mts': "import swc from 'unplugin-swc';" }],
    ['vite 8 that only another package uses', { ...installed('vite', '8.1.0') }],
    ['tsup for es2022', { 'tsup.config.ts': "export default { target: 'es2022' };" }],
    [
      'node with a loader',
      {
        'package.json': { scripts: { start: 'node --import tsx src/main.ts', b: 'node dist/main.js && tsx src/a.ts' } },
      },
    ],
  ])('is none: %s', async (_what, files) => {
    expect(await wrong(files)).toEqual([]);
  });
});

test.each<readonly [readonly string[], RegExp]>([
  [['nowhere'], /There is no package\.json in nowhere\./],
  [['--fix'], /Unknown option '--fix'\. It has none\./],
])('what it can not look at is one line and exit code 2: %j', async (args, message) => {
  const { stdout, stderr, code } = await doctor(args);
  expect({ stdout, code, lines: stderr.split('\n').length }).toEqual({ stdout: '', code: 2, lines: 2 });
  expect(stderr).toMatch(message);
});

test('a package.json that is no JSON is one line and exit code 2', async () => {
  write({ 'package.json': '{' });
  const { stderr, code } = await doctor();
  expect(stderr).toMatch(/^stepstream: The package\.json in \. is no JSON: [^\n]+\n$/);
  expect(code).toBe(2);
});
