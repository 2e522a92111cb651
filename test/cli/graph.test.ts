import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definePipeline, toMermaid } from 'stepstream';
import { CliProject } from './cli-project.js';
import { hear } from './listening-io.js';

const project = new CliProject();
beforeAll(() => project.build(), 60_000);
afterAll(() => project.remove());

const graph = (...args: string[]) => hear(['graph', ...args], { cwd: project.path });

const TWO = `
import { definePipeline } from 'stepstream';
export const Ask = definePipeline({ name: 'ask', steps: { start: { to: 'last', step: () => 1 }, last: { step: () => 2 } } });
export const Tell = definePipeline({ name: 'tell', steps: { only: { step: () => 1 } } });
export const other = 42;
`;
const Ask = definePipeline({ name: 'ask', steps: { start: { to: 'last', step: () => 1 }, last: { step: () => 2 } } });
const Tell = definePipeline({ name: 'tell', steps: { only: { step: () => 1 } } });

const TYPED = (step: string) => `
import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
export class Typed extends Pipeline<{ word: string }> {
  @Step({ to: 'say' }) start({ state }: Ctx<this>): number { return state.word.length; }
  ${step}
}
`;
const SAY = '@Streaming() async *say({ input }: Ctx<this, number>) { yield input as number; }';

describe('stepstream graph', () => {
  test('draws the only pipeline of a file as toMermaid() does, and nothing else', async () => {
    const file = project.write('one.mjs', `${TWO.replace(/export const Tell.*/, '')}`);
    expect(await graph(file)).toEqual({ stdout: toMermaid(Ask) + '\n', stderr: '', code: 0, listeners: 0 });
  });

  test('draws all pipelines of a file, each under its name', async () => {
    const { stdout, code } = await graph(project.write('two.mjs', TWO));
    expect({ stdout, code }).toEqual({
      stdout: `%% Ask\n${toMermaid(Ask)}\n\n%% Tell\n${toMermaid(Tell)}\n`,
      code: 0,
    });
  });

  test.each(['Tell', 'tell'])('draws the one that --class names: %s', async (name) => {
    const { stdout, code } = await graph(project.write('two.mjs', TWO), '--class', name);
    expect({ stdout, code }).toEqual({ stdout: toMermaid(Tell) + '\n', code: 0 });
  });

  test('prints the plan as JSON, and plans as a list', async () => {
    const file = project.write('two.mjs', TWO);
    const one = JSON.parse((await graph(file, '--json', '--class', 'Ask')).stdout) as { steps: { name: string }[] };
    expect(one).toMatchObject({ v: 1, pipeline: 'ask', entries: [0] });
    expect(one.steps.map(({ name }) => name)).toEqual(['start', 'last']);
    const both = JSON.parse((await graph(file, '--json')).stdout) as { pipeline: string }[];
    expect(both.map(({ pipeline }) => pipeline)).toEqual(['ask', 'tell']);
  });

  test('leaves the schemas of answers out of the plan', async () => {
    const file = project.write(
      'schema.mjs',
      `import { definePipeline } from 'stepstream';
      const answer = { '~standard': { version: 1, vendor: 'mine', validate: (value) => ({ value }) } };
      answer.self = answer;
      export const A = definePipeline({ name: 'a', steps: { only: { answer, step: () => 1 } } });`,
    );
    const plan = JSON.parse((await graph(file, '--json')).stdout) as { steps: object[] };
    expect(plan.steps).toHaveLength(1);
    expect(plan.steps[0]).not.toHaveProperty('answer');
  });

  test('finds what CommonJS exports, a default export, an instance, and a class that is exported twice once', async () => {
    const made = "definePipeline({ name: 'a', steps: { only: { step: () => 1 } } })";
    const commonJs = `const { definePipeline } = require('stepstream');\nmodule.exports.Hidden = ${made};`;
    const main = `import { definePipeline } from 'stepstream';\nexport default ${made};`;
    const instance = `import { definePipeline } from 'stepstream';\nconst A = ${made};\nexport const bot = new A();`;
    const twice = `import { definePipeline } from 'stepstream';\nexport const A = ${made};\nexport { A as B };`;
    for (const [name, text] of Object.entries({
      'c.cjs': commonJs,
      'm.mjs': main,
      'i.mjs': instance,
      't.mjs': twice,
    })) {
      const { stdout, stderr, code } = await graph(project.write(name, text));
      expect({ stdout: stdout.split('\n')[0], stderr, code }, name).toEqual({
        stdout: 'graph TD',
        stderr: '',
        code: 0,
      });
    }
  });

  test('says what is wrong with a pipeline, and draws the others', async () => {
    const file = project.write('wrong.mjs', TWO.replace("to: 'last'", "to: 'lost'"));
    const { stdout, stderr, code } = await graph(file);
    expect(stderr).toMatch(/^ask can't run, it has \d problems?:\n {2}- ask\.start: .*"lost".*\[UNKNOWN_TARGET\]\n/);
    expect({ stdout, code }).toEqual({ stdout: `%% Tell\n${toMermaid(Tell)}\n`, code: 1 });
  });

  test('takes a class that others extend only if it can run', async () => {
    const file = project.write(
      'base.ts',
      `${TYPED('').replace('class Typed', 'abstract class Base').replace("to: 'say'", "to: 'say' as never")}
      export class Typed extends Base { ${SAY} }
      export class Plain extends Typed {}`,
    );
    const all = await graph(file, '--json');
    expect(all.stderr).toBe('');
    expect((JSON.parse(all.stdout) as { pipeline: string }[]).map(({ pipeline }) => pipeline)).toEqual([
      'Plain',
      'Typed',
    ]);
    expect((await graph(file, '--class', 'Base')).stderr).toContain('UNKNOWN_TARGET');
  });
});

describe('TypeScript without a build step', () => {
  test.each([
    ['legacy', 'module', true],
    ['standard', 'module', false],
    ['legacy', 'commonjs', true],
    ['standard', 'commonjs', false],
  ])(
    'has the decorators that the nearest tsconfig.json says: %s, %s',
    async (dialect, type, experimentalDecorators) => {
      const folder = `${dialect}-${type}`;
      mkdirSync(project.at(folder), { recursive: true });
      project.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: { experimentalDecorators } }));
      project.write(`${folder}/package.json`, JSON.stringify({ type }));
      const file = project.write(
        `${folder}/src/typed.ts`,
        `${TYPED(SAY)}
      const names: string[] = [];
      const look = (_target: unknown, name: unknown): void => void names.push(typeof name);
      export class Looked { @look method(): void {} }
      export const Said = class extends Typed { static readonly pipeline = { name: names.join() }; };`,
      );
      const plan = await project.run(['graph', file, '--json', '--class', 'Said']);
      // A legacy decorator is given the name of the method, a standard one its context.
      expect({ ...plan, stdout: (JSON.parse(plan.stdout) as { pipeline: string }).pipeline }).toEqual({
        stdout: experimentalDecorators ? 'string' : 'object',
        stderr: '',
        code: 0,
      });
    },
  );

  test('needs tsx, and says so in one line', async () => {
    const bare = new CliProject([]);
    try {
      await bare.build();
      const file = bare.write('typed.ts', TYPED(SAY));
      expect(await bare.run(['graph', file])).toEqual({
        stdout: '',
        stderr:
          'stepstream: TypeScript files are read by tsx, which is not installed here. Run `npm install -D tsx`.\n',
        code: 2,
      });
      const plain = bare.write('one.mjs', TWO);
      expect(await bare.run(['graph', plain, '--class', 'ask'])).toMatchObject({ stderr: '', code: 0 });
    } finally {
      rmSync(bare.path, { recursive: true });
    }
  });

  test.each([
    ['an ES module', 'module', "import { definePipeline } from 'stepstream';", 'export { Bot };'],
    ['CommonJS', 'commonjs', "const { definePipeline } = require('stepstream');", 'module.exports = { Bot };'],
  ])('draws by the very copy that the file has loaded: %s', async (_what, type, get, give) => {
    project.write(`${type}-copy/package.json`, JSON.stringify({ type }));
    const copy = `${type}-copy/node_modules/stepstream`;
    cpSync(project.at('node_modules/stepstream'), project.at(copy), { recursive: true });
    for (const extension of ['js', 'cjs'])
      renameSync(project.at(`${copy}/dist/index.${extension}`), project.at(`${copy}/dist/own.${extension}`));
    const draw = "toMermaid = () => 'drawn by the other copy'";
    project.write(`${copy}/dist/index.js`, `export * from './own.js';\nexport const ${draw};`);
    project.write(
      `${copy}/dist/index.cjs`,
      `module.exports = { ...require('./own.cjs') };\nexports = module.exports.${draw};`,
    );
    for (const extension of ['js', 'ts']) {
      const made = "const Bot = definePipeline({ name: 'bot', steps: { only: { step: () => 1 } } });";
      const file = project.write(`${type}-copy/copy.${extension}`, `${get}\n${made}\n${give}`);
      const said = await project.run(['graph', file]);
      expect(said, file).toEqual({ stdout: 'drawn by the other copy\n', stderr: '', code: 0 });
    }
  });
});
