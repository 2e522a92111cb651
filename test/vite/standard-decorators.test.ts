import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { build, type Plugin } from 'vite';
import { standardDecorators, type StandardDecoratorsOptions } from '../../src/vite/index.js';

const CLASS = `
const seen: [string, string][] = [];
const mark = (_body: unknown, { kind, name }: ClassMethodDecoratorContext): void => void seen.push([kind, String(name)]);
class Bot {
  @mark start(): number { return 1; }
}
`;

const transform = (code: string, id: string, options?: StandardDecoratorsOptions) =>
  standardDecorators(options).transform.handler(code, id);

describe('standardDecorators()', () => {
  test('is a plugin by the types of vite', () => {
    const plugins: Plugin[] = [standardDecorators()];
    expect(plugins[0]).toMatchObject({ name: 'stepstream:standard-decorators', enforce: 'pre' });
  });

  test.each(['/app/bot.ts', '/app/bot.mts', '/app/bot.tsx', '/app/bot.ts?v=1', '/app/Bot.vue?vue&lang.ts'])(
    'compiles decorators in %s',
    async (id) => {
      const { code } = (await transform(CLASS, id))!;
      expect(code).not.toMatch(/@mark/);
      const context = createContext({});
      new Script(`${code}; this.said = JSON.stringify([seen, new Bot().start()]);`).runInContext(context);
      expect(context.said).toBe('[[["method","start"]],1]');
    },
  );

  test.each(['/app/bot.js', '/app/bot.mjs', '/app/bot.jsx'])('compiles decorators in JavaScript: %s', async (id) => {
    const { code } = (await transform('class Bot { @mark start() {} }', id))!;
    expect(code).toContain('__decorateElement');
  });

  test.each([
    ['without an @', 'export const one = 1;', '/app/one.ts'],
    ['of a package', CLASS, '/app/node_modules/bot/bot.ts'],
    ['that is no script of vite’s', CLASS, '/app/bot.cts'],
    ['that is no script', 'a { color: red } @media print {}', '/app/style.css'],
  ])('leaves a file %s alone, also where vite knows no filters', async (_what, code, id) => {
    expect(await transform(code, id)).toBeNull();
    const { id: ids, code: codes } = standardDecorators().transform.filter;
    expect(ids.include.test(id) && !ids.exclude.test(id) && codes.test(code)).toBe(false);
  });

  test('leaves JSX to vite', async () => {
    const { code } = (await transform('class A { @d m() { return <p>@</p>; } }', '/app/a.tsx'))!;
    expect(code).toContain('return <p>@</p>');
  });

  test('obeys what the tsconfig says of fields and imports, if it is told', async () => {
    const code = "import { Type } from './type.js'; class A { field: Type; @d m() {} }";
    const plain = (await transform(code, '/app/a.ts'))!.code;
    expect(plain).toContain('__publicField(this, "field")');
    expect(plain).not.toContain('./type.js');
    const told = { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } };
    const obeyed = (await transform(code, '/app/a.ts', told))!.code;
    expect(obeyed).not.toContain('__publicField(this, "field")');
    expect(obeyed).toContain('import { Type } from "./type.js"');
  });

  test('maps what comes out to the lines of the file', async () => {
    const { map } = (await transform(CLASS, '/app/bot.ts?v=1'))!;
    const parsed = JSON.parse(map) as { sources: string[]; sourcesContent: string[]; mappings: string };
    expect(parsed.sources).toEqual(['/app/bot.ts']);
    expect(parsed.sourcesContent).toEqual([CLASS]);
    expect(parsed.mappings.length).toBeGreaterThan(100);
  });

  test('says where a file is wrong', async () => {
    await expect(transform('class A { @d m( }', '/app/a.ts')).rejects.toThrow(/a\.ts:1:16/);
  });
});

describe('in a build of this vite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepstream-vite-'));
  const entry = join(folder, 'bot.ts');
  beforeAll(() => writeFileSync(entry, `${CLASS}\nexport { seen, Bot };\n`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function built(plugins: Plugin[]): Promise<string> {
    await build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      plugins,
      build: {
        lib: { entry, formats: ['es'], fileName: () => 'bot.js' },
        minify: false,
        outDir: 'out',
        emptyOutDir: true,
      },
    });
    return readFileSync(join(folder, 'out/bot.js'), 'utf8');
  }

  test('decorators are compiled with it', async () => {
    expect(await built([standardDecorators()])).not.toContain('@mark');
  });

  test('decorators are left as they are without it: the day that this fails, the plugin is needed no more', async () => {
    expect(await built([])).toContain('@mark');
  });
});
