import { transform } from 'esbuild';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { describe, expect, it } from 'vitest';
import { detectForm } from '../../src/scanner/detect-form.js';

const formOf = (final: unknown, body: unknown = final, overridden = false) =>
  detectForm({ name: 'respond', final, body, overridden });

const plain = { respond() {} }.respond;
const awaiting = { async respond() {} }.respond;
const generator = { *respond() {} }.respond;
const streaming = { async *respond() {} }.respond;
/** What a decorator of somebody else makes of a method. */
const wrapper = function (this: unknown) {};
const asyncWrapper = async () => {};

describe('the form of a method', () => {
  it('is told by its own syntax', () => {
    expect([plain, awaiting, generator, streaming].map((method) => formOf(method))).toEqual([
      'plain',
      'plain',
      'generator',
      'async-generator',
    ]);
  });

  it('is that of the wrapped method if that is a generator, else unknown if the wrapper could return anything', () => {
    expect(formOf(wrapper, streaming)).toBe('async-generator');
    expect(formOf(asyncWrapper, streaming)).toBe('async-generator');
    expect(formOf(streaming, plain)).toBe('async-generator');
    expect(formOf(wrapper, generator)).toBe('generator');
    expect(formOf(wrapper, plain)).toBe('unknown');
    expect(formOf(asyncWrapper, plain)).toBe('plain');
    expect(formOf({ respond() {} }.respond, plain)).toBe('unknown');
  });

  it('is unknown where the decorator found a wrapper already', () => {
    expect(formOf(wrapper)).toBe('unknown');
    expect(formOf(() => undefined)).toBe('unknown');
    expect(formOf(wrapper.bind(undefined))).toBe('unknown');
  });

  it('is that of the override alone, where there is one', () => {
    expect(formOf(plain, streaming, true)).toBe('plain');
    expect(formOf(streaming, plain, true)).toBe('async-generator');
    expect(formOf(wrapper, streaming, true)).toBe('unknown');
  });

  it('is unknown for what is no function', () => {
    expect(formOf(undefined)).toBe('unknown');
    expect(formOf(5)).toBe('unknown');
  });
});

const SOURCE = `
  globalThis.lowered = class {
    async *streaming(context) { yield context; }
    async *destructured({ state = {}, ...rest }) { yield [state, rest]; }
    async *defaulted(context = { a: [function () { return 1; }] }) { yield context; }
    async waiting({ state }) { return state; }
    plain() { const inner = async function* () { yield 1; }; return inner(); }
    returning() { return (async function* () { yield 1; })(); }
  };`;

const withTypeScript = (target: 'ES2015' | 'ES2017', source = SOURCE) =>
  transpileModule(source, { compilerOptions: { target: ScriptTarget[target], module: ModuleKind.ESNext } }).outputText;

const lower = {
  TypeScript: (target: 'ES2015' | 'ES2017') =>
    transpileModule(SOURCE, { compilerOptions: { target: ScriptTarget[target], module: ModuleKind.ESNext } })
      .outputText,
  esbuild: async (target: 'ES2015' | 'ES2017') => (await transform(SOURCE, { target })).code,
  'esbuild, minified': async (target: 'ES2015' | 'ES2017') =>
    (await transform(SOURCE, { target, minifyWhitespace: true, minifySyntax: true })).code,
};

/** Runs a script that sets `globalThis.lowered` to a class, and gives the forms of its methods. */
function formsOf(script: string): Record<string, string> {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the only way to run another target's code
  new Function(script)();
  const { prototype } = (globalThis as unknown as { lowered: { prototype: Record<string, unknown> } }).lowered;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return Object.fromEntries(
    names.map((name) => {
      const method = prototype[name];
      return [name, detectForm({ name, final: method, body: method, overridden: false })];
    }),
  );
}

describe.each(Object.entries(lower))('%s, for targets without async generators,', (_, compile) => {
  it.each(['ES2015', 'ES2017'] as const)('leaves an async generator recognisable (%s)', async (target) => {
    const code = await compile(target);
    expect(code).not.toMatch(/async \*|async\*/);
    expect(formsOf(code)).toEqual({
      streaming: 'async-generator',
      destructured: 'async-generator',
      defaulted: 'async-generator',
      waiting: 'plain',
      plain: 'plain',
      returning: 'plain',
    });
  });
});

it('knows what TypeScript makes of an async generator that calls super', () => {
  const source = `globalThis.lowered = class extends Object {
    async *reading() { yield super.toString(); }
    async *writing() { super.x = { a: 1 }; yield super.toString(); }
  };`;
  const forms = { reading: 'async-generator', writing: 'async-generator' };
  expect(formsOf(withTypeScript('ES2017', source))).toEqual(forms);
  expect(formsOf(withTypeScript('ES2015', source))).toEqual(forms);
});

it('knows what Babel and SWC make of an async generator', () => {
  const babel = 'respond() { return _wrapAsyncGenerator(function* () {})(); }';
  const swc = 'respond() { return _wrap_async_generator(function* () {})(); }';
  const imported = 'respond(_a) { return tslib_1.__asyncGenerator(this, arguments, function* respond_1() {}); }';
  for (const source of [babel, swc, imported]) {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- as above
    const { respond } = new Function(`return { ${source} }`)() as { respond: unknown };
    expect(formOf(respond)).toBe('async-generator');
  }
});
