import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { CliProject } from './cli-project.js';
import { hear } from './listening-io.js';

const project = new CliProject();
beforeAll(() => project.build(), 60_000);
afterAll(() => project.remove());

const check = (...args: string[]) => hear(['check', ...args], { cwd: project.path });

interface Report {
  readonly pipeline: string;
  readonly problems: readonly { readonly code: string; readonly where: string; readonly what: string }[];
}

/** Each problem of a file as `where: paths`, of those that assign to `this`. */
async function writesOf(name: string, text: string): Promise<string[]> {
  const { stdout } = await check(project.write(name, text), '--json');
  const problems = (JSON.parse(stdout) as Report[]).flatMap((report) => report.problems);
  return problems.map(({ code, where, what }) => {
    expect(code).toBe('SHARED_INSTANCE');
    return `${where}: ${/assigns to (.*), and one/.exec(what)![1]}`;
  });
}

let count = 0;
/** The paths that one method body is found to assign to. */
async function pathsIn(body: string): Promise<string | undefined> {
  const text = `import { definePipeline } from 'stepstream';
    export const P = definePipeline({ name: 'p', steps: { only: { async step({ state }) { ${body} } } } });`;
  const [found] = await writesOf(`body-${(count += 1)}.mjs`, text);
  return found?.replace('p.only: ', '');
}

describe('stepstream check', () => {
  test('says of each pipeline that it has no problems, with exit code 0', async () => {
    const file = project.write(
      'fine.mjs',
      `import { definePipeline } from 'stepstream';
      export const A = definePipeline({ name: 'a', steps: { only: { step: () => 1 } } });
      export const B = definePipeline({ name: 'b', steps: { only: { step: () => 1 } } });`,
    );
    expect(await check(file)).toEqual({
      stdout: 'A: no problems\nB: no problems\n',
      stderr: '',
      code: 0,
      listeners: 0,
    });
    expect((await check(file, '--class', 'b')).stdout).toBe('B: no problems\n');
  });

  test('lists all problems of all pipelines, with where, what, remedy and code, and exit code 1', async () => {
    const file = project.write(
      'wrong.mjs',
      `import { definePipeline } from 'stepstream';
      export const A = definePipeline({ name: 'a', steps: { start: { to: 'lsat', retry: -1, step() { this.x = 1; } }, last: { step: () => 1 } } });
      export const B = definePipeline({ name: 'b', steps: {} });`,
    );
    const { stdout, stderr, code } = await check(file);
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
    const lines = stdout.split('\n').map((line) => line.replace(/^( {2}- \S+:).*(\[[A-Z_]+\])$/, '$1 $2'));
    expect(lines).toEqual([
      'A: 3 problems',
      '  - a.start: [INVALID_OPTION]',
      '  - a.start: [UNKNOWN_TARGET]',
      '  - a.start: [SHARED_INSTANCE]',
      'B: 1 problem',
      '  - b: [EMPTY_PIPELINE]',
      '',
    ]);
    expect(stdout).toContain('Did you mean "last"?');
    const reports = JSON.parse((await check(file, '--json')).stdout) as Report[];
    expect(reports.map(({ pipeline }) => pipeline)).toEqual(['A', 'B']);
    expect(Object.keys(reports[1].problems[0])).toEqual(['code', 'where', 'what', 'remedy']);
  });

  test('says what docs/errors/SHARED_INSTANCE.md shows', async () => {
    const page = readFileSync(`${root}docs/errors/SHARED_INSTANCE.md`, 'utf8');
    const [, program] = /^```js\n(.*?)^```$/ms.exec(page)!;
    const [, text] = /^```text\n(.*?)^```$/ms.exec(page)!;
    const { stdout, code } = await check(project.write('page.mjs', program));
    expect({ stdout, code }).toEqual({ stdout: text, code: 1 });
  });

  test('needs acorn, and says so in one line', async () => {
    const bare = new CliProject([]);
    try {
      await bare.build();
      const file = bare.write('a.mjs', "import 'stepstream';");
      const { stdout, stderr, code } = await bare.run(['check', file]);
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
      expect(stderr).toMatch(/^stepstream: Methods are read by acorn, .* Run `npm install -D acorn`\.\n$/);
    } finally {
      bare.remove();
    }
  });
});

describe('what assigns to the instance', () => {
  test.each([
    ['this.count = 1;', 'this.count'],
    ['this.count += 1; this.other ??= 2;', 'this.count, this.other'],
    ['this.count++; --this.other;', 'this.count, this.other'],
    ['delete this.count; delete this?.other;', 'this.count, this.other'],
    ["this['count'] = 1; this[state.key] = 2; this.a.b.c = 3;", 'this.count, this[…], this.a.b.c'],
    [
      '[this.a, ...this.b] = [1]; ({ x: this.c, y: { z: this.d = 4 }, ...this.e } = {});',
      'this.a, this.b, this.c, this.d, this.e',
    ],
    ['for (this.i of [1]); for (this.j in {});', 'this.i, this.j'],
    ['Object.assign(this, { a: 1 }); Reflect.set(this.b, 1, 2);', 'this, this.b'],
    ['[1].forEach(() => { this.inner = 1; });', 'this.inner'],
    ['const go = async () => { await null; return () => (this.deep = 1); };', 'this.deep'],
    ['const self = this; function go() { self.late = 1; } go();', 'this.late'],
    ['[1].forEach(function () { this.given = 1; }, this);', 'this.given'],
    [
      '(function () { this.called = 1; }).call(this); (function () { this.bound = 1; }.bind(this))();',
      'this.called, this.bound',
    ],
    [
      'return __awaiter(this, void 0, void 0, function* () { this.lowered = 1; }); function __awaiter() {}',
      'this.lowered',
    ],
    [
      'if (state.a) try { while (true) { this.nested = 1; break; } } finally { state.b = `${(this.text = 1)}`; }',
      'this.nested, this.text',
    ],
    ['class Inner { [(this.key = 1)]() {} }', 'this.key'],
  ])('%s', async (body, paths) => {
    expect(await pathsIn(body)).toBe(paths);
  });

  test.each([
    'state.count = 1; let it = this.count; it = 2; it++;',
    'this.list.push(1); this.find(1).x = 2; this.map.set(1, 2);',
    'function go() { this.own = 1; } go();',
    'const other = { set() { this.own = 1; }, get x() { return (this.y = 1); } };',
    'class Inner { field = (this.own = 1); set() { this.own = 1; } static { this.own = 1; } }',
    'const self = this; const go = function (self) { self.own = 1; }; go({});',
    'const { it } = this; state.text = "this.count = 1"; /* this.count = 1 */',
    'Object.assign({}, this); state.same = this.count === 1;',
  ])('not in %s', async (body) => {
    expect(await pathsIn(body)).toBeUndefined();
  });
});

const TYPED = `
import { OnError, OnShutdown, OnStartup, Pipeline, Step, Streaming, call, SubPipeline, type Ctx } from 'stepstream';
const wrap = (target: any, key: any, descriptor?: any): any => {
  const body = descriptor?.value ?? target;
  const wrapped = function (this: any, ...args: any[]) { return body.apply(this, args); };
  return descriptor ? { ...descriptor, value: wrapped } : wrapped;
};
class Child extends Pipeline<object> {
  @Step() work() { this.child = 1; }
  child = 0;
}
class Base extends Pipeline<object> {
  shared: unknown;
  @Step({ to: 'wrapped' }) first(): void { this.shared = 1; this.helper(); this.field(); this.both(); }
  @Step({ to: 'last' }) replaced(): void { this.shared = 1; }
  inherited(): void { this.shared = 1; }
  helper(): void { this.shared = 1; }
  field = (): void => { this.shared = 1; };
  both(): void { this.shared = 1; }
}
export class Bot extends Base {
  private readonly inner = new Child();
  constructor() { super(); this.shared = 0; this.onlyInConstructor(); }
  onlyInConstructor(): void { this.shared = 1; }
  @OnStartup() setup(): void { this.shared = 1; this.connect(); this.both(); }
  connect(): void { this.shared = 1; this.again(); }
  again(): void { this.shared = 1; }
  @OnShutdown() cleanup(): void { this.shared = 1; }
  @OnStartup({ per: 'run' }) eachRun(): void { this.shared = 1; }
  @wrap @Step({ to: 'replaced' }) wrapped(): void { this.shared = 1; }
  override replaced(): void {}
  @SubPipeline(() => Child) last() { return call(this.inner, {}); }
  @OnError() recover(): void { this.shared = 1; }
  unused(): void { this.shared = 1; }
  get text(): string { return String((this.shared = 1)); }
  static make(): void { (this as any).made = 1; }
}
`;

describe.each([
  ['legacy', true],
  ['standard', false],
])('the methods that count, with %s decorators', (dialect, experimentalDecorators) => {
  test('are all but hooks, the constructor, and what only those call', async () => {
    project.write(`${dialect}/tsconfig.json`, JSON.stringify({ compilerOptions: { experimentalDecorators } }));
    const found = await writesOf(`${dialect}/bot.ts`, TYPED);
    expect(found.map((one) => one.replace(': this.shared', '')).sort()).toEqual(
      [
        'Base.both',
        'Base.field',
        'Base.first',
        'Base.helper',
        'Base.inherited',
        'Bot.eachRun',
        'Bot.recover',
        'Bot.text',
      ]
        .concat(['Bot.unused', 'Bot.wrapped', 'Child.work: this.child'])
        .sort(),
    );
  });
});

test('private methods and fields count too, as they are and as compilers lower them', async () => {
  const text = `import { definePipeline } from 'stepstream';
    const P = definePipeline({ name: 'p', steps: { only: { step() { this.bump(); } } } });
    export class Q extends P { #count = 0; bump() { this.#count++; this.#more(); } #more() { this.#count = 2; } }`;
  expect(await writesOf('private.mjs', text)).toEqual(['Q.#more: this.#count', 'Q.bump: this.#count']);
  const typed = `import { Pipeline, Step } from 'stepstream';
    export class Q extends Pipeline<object> { #count = 0; @Step() bump() { this.#count = 1; } }`;
  project.write('lowered/tsconfig.json', '{}');
  expect(await writesOf('lowered/private.ts', typed)).toEqual(['Q.bump: this.#count']);
});
