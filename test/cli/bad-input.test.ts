import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliProject } from './cli-project.js';
import { hear } from './listening-io.js';

const project = new CliProject();
beforeAll(async () => {
  await project.build();
  const made = (name: string) => `definePipeline({ name: '${name}', steps: { only: { step: () => 1 } } })`;
  const files = {
    'bot.mjs': `import { definePipeline } from 'stepstream';\nexport const Bot = ${made('bot')};`,
    'two.mjs': `import { definePipeline } from 'stepstream';\nexport const A = ${made('a')};\nexport const B = ${made('b')};`,
    'none.mjs': 'export const answer = 42; export class Other {}; export const fn = () => 1; export default null;',
    'base.mjs': "export { Pipeline } from 'stepstream';",
    'throws.mjs': "throw new Error('out of\\n  paper');",
    'throws-text.mjs': "throw 'just a text';",
    'broken.mjs': 'export const = 1;',
    'missing.mjs': "import 'not-installed';",
    'decorated.mjs':
      "import { Pipeline, Step } from 'stepstream';\nexport class A extends Pipeline {\n  @Step() only() {}\n}",
    'broken.ts': 'export const x: = 1;',
    'needs.mjs': `import { Pipeline, definePipeline } from 'stepstream';
      class Base extends ${made('base')} { constructor(client, model) { super(); this.client = client; } }
      export class Needs extends Base {}
      export class One extends Pipeline { constructor(client) { super(); } }
      One.prototype.only = () => 1;
      export class Throws extends ${made('throws')} { constructor() { super(); throw new Error('no key'); } }`,
    'plain.mjs': `import { Step } from 'stepstream';
      export class Plain { only() {} }
      Step()(Plain.prototype, 'only', Object.getOwnPropertyDescriptor(Plain.prototype, 'only'));`,
    'bad.json': '{',
  };
  for (const [name, text] of Object.entries(files)) project.write(name, text);
}, 60_000);
afterAll(() => project.remove());

describe('bad input is one line and exit code 2', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [[], /^Say what to do: graph, check, run\b/],
    [['grahp'], /There is no command "grahp"\. Did you mean "graph"\?/],
    [['xyz'], /There is no command "xyz"\. The commands are graph, check, run\b/],
    [['graph'], /Say which file has the pipeline\./],
    [['graph', 'nowhere.ts'], /There is no file nowhere\.ts\./],
    [['graph', '.'], /There is no file \.\./],
    [['graph', 'bot.mjs', 'two.mjs'], /Nothing is expected behind "bot\.mjs"\./],
    [['graph', 'bot.mjs', '--jsno'], /Unknown option '--jsno'\. The options are --json, --class\./],
    [['graph', 'bot.mjs', '--class'], /--class.* argument missing/],
    [['graph', 'none.mjs'], /none\.mjs exports no pipeline\. Export a class that extends Pipeline/],
    [['graph', 'base.mjs'], /base\.mjs exports no pipeline\./],
    [['graph', 'two.mjs', '--class', 'C'], /two\.mjs exports no pipeline "C"\. It has A, B\./],
    [['check', 'throws.mjs'], /throws\.mjs can't be loaded: out of paper$/],
    [['check', 'throws-text.mjs'], /throws-text\.mjs can't be loaded: just a text$/],
    [['check', 'broken.mjs'], /broken\.mjs can't be loaded: .+/],
    [['check', 'missing.mjs'], /missing\.mjs can't be loaded: .*not-installed/],
    [['check', 'broken.ts'], /broken\.ts can't be loaded: .*Unexpected/],
    [['check'], /Say which file has the pipeline\./],
    [['run', 'bot.mjs'], /Say what the run begins with: --input/],
    [['run', '--input', '{}'], /Say which file has the pipeline\./],
    [['run', 'bot.mjs', '--input', '{"a":'], /--input is no JSON: .*JSON/],
    [['run', 'bot.mjs', '--input', '@bad.json'], /--input is no JSON: .*JSON/],
    [['run', 'bot.mjs', '--input', '@no.json'], /--input can't be read: .*no\.json/],
    [['run', 'bot.mjs', '--input', '[1]'], /--input is a JSON object/],
    [['run', 'bot.mjs', '--input', '{}', '--context', 'x'], /--context is no JSON/],
    [
      ['run', 'bot.mjs', '--input', '{}', '--timeout', 'soon'],
      /--timeout is a number of milliseconds above 0, not "soon"\./,
    ],
    [['run', 'bot.mjs', '--input', '{}', '--timeout', '99999999999'], /the option timeout must be/],
    [['run', 'bot.mjs', '--input', '{}', '--answers', '{}'], /name it by --resume/],
    [['run', 'bot.mjs', '--resume', 'r1', '--answers', '{}'], /--store FILE\.sqlite/],
    [['run', 'bot.mjs', '--resume', 'r1', '--store', 'x.db'], /--answers/],
    [['run', 'bot.mjs', '--resume', 'r1', '--input', '{}'], /leave out --input/],
    [['run', 'bot.mjs', '--resume', 'r1', '--store', 'x.db', '--answers', '{}'], /There is no file x\.db\./],
    [
      ['run', 'bot.mjs', '--input', '{}', '--store', 'bot.mjs'],
      /bot\.mjs can't be read or written: file is not a database/,
    ],
    [['run', 'two.mjs', '--input', '{}'], /two\.mjs exports several pipelines: A, B\. Name one: --class A\./],
    [
      ['run', 'needs.mjs', '--class', 'Needs', '--input', '{}'],
      /Needs needs 2 constructor arguments\. Export one that is made/,
    ],
    [
      ['run', 'needs.mjs', '--class', 'One', '--input', '{}'],
      /One needs 1 constructor argument\. Export one that is made/,
    ],
    [['run', 'needs.mjs', '--class', 'Throws', '--input', '{}'], /new Throws\(\) has failed: no key\. Export one/],
    [['run', 'plain.mjs', '--input', '{}'], /Plain can't be run: it doesn't extend Pipeline\./],
  ])('%j', async (args, message) => {
    const { stdout, stderr, code } = await hear(args, { cwd: project.path });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^stepstream: [^\n]+\n$/);
    expect(stderr.slice('stepstream: '.length, -1)).toMatch(message);
    expect(stderr).not.toMatch(/\n? at \S+ \(|\.js:\d+:\d+/);
  });

  test('also from a true process, with a hint for JavaScript with decorators', async () => {
    const { stdout, stderr, code } = await project.run(['graph', 'decorated.mjs']);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toBe(
      "stepstream: decorated.mjs can't be loaded: SyntaxError: Invalid or unexpected token (Node.js compiles no decorators: name the TypeScript file, or what was compiled of it.)\n",
    );
  });
});

test('a class that can not run has its problems listed when it is run, with exit code 1', async () => {
  const file = project.write(
    'wrong.mjs',
    "import { definePipeline } from 'stepstream';\nexport const A = definePipeline({ name: 'a', steps: { only: { to: 'lost', step: () => 1 } } });",
  );
  const { stdout, stderr, code } = await hear(['run', file, '--input', '{}'], { cwd: project.path });
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  expect(stderr).toMatch(/^stepstream: a can't run, it has 1 problem:\n {2}- a\.only: .*\[UNKNOWN_TARGET\]\n$/);
});

test('--help says what there is, and --version which version this is', async () => {
  for (const args of [['--help'], ['help'], ['graph', '-h'], ['run', 'bot.mjs', '--help']]) {
    const { stdout, code } = await hear(args, { cwd: project.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: stepstream <command>\n/);
    for (const name of ['graph FILE', 'check FILE', 'run FILE']) expect(stdout).toContain(`\n  ${name}`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  }
  const { version } = JSON.parse(await import('node:fs').then((fs) => fs.readFileSync('package.json', 'utf8'))) as {
    version: string;
  };
  expect((await hear(['--version'], { cwd: project.path })).stdout).toBe(`${version}\n`);
});
