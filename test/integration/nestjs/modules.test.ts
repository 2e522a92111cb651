import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nestMajor } from './nest-major.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vendor = `${root}test/integration/vendor/nest-11/node_modules/`;
const folder = mkdtempSync(join(tmpdir(), 'stepstream-nest-'));
const run = promisify(execFile);

/** The library as it is published, in both kinds of modules, beside this project's Nest. */
beforeAll(async () => {
  const modules = join(folder, 'node_modules');
  for (const name of ['@nestjs', 'stepstream']) mkdirSync(join(modules, name), { recursive: true });
  for (const name of ['eventemitter3', 'reflect-metadata', 'rxjs'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  const nest = nestMajor === 11 ? vendor : `${root}node_modules/`;
  for (const name of readdirSync(`${nest}@nestjs`))
    symlinkSync(`${nest}@nestjs/${name}`, join(modules, '@nestjs', name));
  for (const [format, end] of [
    ['esm', '.mjs'],
    ['cjs', '.cjs'],
  ] as const)
    await build({
      entryPoints: { index: `${root}src/index.ts`, nestjs: `${root}src/nestjs/index.ts` },
      outdir: join(modules, 'stepstream'),
      outExtension: { '.js': end },
      bundle: true,
      splitting: format === 'esm',
      format,
      platform: 'node',
      target: 'node20',
      packages: 'external',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    });
  const both = (name: string) => ({ import: `./${name}.mjs`, require: `./${name}.cjs` });
  const exports = { '.': both('index'), './nestjs': both('nestjs') };
  writeFileSync(join(modules, 'stepstream/package.json'), JSON.stringify({ name: 'stepstream', exports }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
class Model { name = 'model'; }
class Bot extends Pipeline {
  constructor(model) { super(); this.model = model; }
  respond() { return 'from the ' + this.model.name; }
}
Step()(Bot.prototype, 'respond', Object.getOwnPropertyDescriptor(Bot.prototype, 'respond'));
Inject(Model)(Bot, undefined, 0);
class Ear { onEnd({ status }) { console.log('heard', status); } }
OnPipelineEvent(Bot, 'run-end')(Ear.prototype, 'onEnd', Object.getOwnPropertyDescriptor(Ear.prototype, 'onEnd'));
(async () => {
  const App = { module: class App {}, imports: [PipelineModule.forRoot()], providers: [Model, Bot, Ear] };
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  const runs = app.get(RunRegistry);
  const done = runs.start((options) => app.get(Bot).run({}, options)).result;
  console.log((await done).outputs.respond);
  await app.close();
  console.log(runs.draining);
})();
`;
const BROKEN = `
class Bot extends Pipeline {}
const App = { module: class App {}, imports: [PipelineModule.forRoot()], providers: [Bot] };
NestFactory.create(App).then((app) => app.listen(0)).then(() => console.log('listening'));
void [Step, Inject, OnPipelineEvent, RunRegistry];
`;
const NAMES = {
  stepstream: 'Pipeline, Step',
  'stepstream/nestjs': 'OnPipelineEvent, PipelineModule, RunRegistry',
  '@nestjs/common': 'Inject',
  '@nestjs/core': 'NestFactory',
};

test.each([
  ['ES modules', 'app.mjs', ([path, names]: string[]) => `import { ${names} } from '${path}';`],
  ['CommonJS', 'app.cjs', ([path, names]: string[]) => `const { ${names} } = require('${path}');`],
])('an application of %s has its pipelines injected, heard and closed', async (_kind, file, line) => {
  writeFileSync(join(folder, file), Object.entries(NAMES).map(line).join('\n') + PROGRAM);
  const { stdout, stderr } = await run(process.execPath, [join(folder, file)], { cwd: folder });
  // Node.js 20 may say that it is an experiment to require an ES module, as Nest 12 is.
  expect(stderr.replace(/^.*ExperimentalWarning.*\n.*--trace-warnings.*\n/m, '')).toBe('');
  expect(stdout).toBe('heard success\nfrom the model\ntrue\n');
});

test('a broken pipeline ends the process that would serve it, and the log says why', async () => {
  const imports = Object.entries(NAMES).map(([path, names]) => `import { ${names} } from '${path}';`);
  writeFileSync(join(folder, 'broken.mjs'), imports.join('\n') + BROKEN);
  const ended = run(process.execPath, [join(folder, 'broken.mjs')], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const { code, stdout, stderr } = (await ended.catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  )) as {
    code?: number;
    stdout: string;
    stderr: string;
  };
  expect(code).toBe(1);
  expect(stdout + stderr).toContain("Bot can't run, it has 1 problem:");
  expect(stdout + stderr).toContain('[EMPTY_PIPELINE]');
  expect(stdout).not.toContain('listening');
});
