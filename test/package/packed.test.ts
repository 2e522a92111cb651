import { transform } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPrograms, root } from '../docs/read-programs.js';
import { PackedProject } from './packed-project.js';

const quickStart = readPrograms('README.md').find(({ heading }) => heading === 'Quick start')!;
const packed = new PackedProject();
beforeAll(() => packed.install(), 300_000);
afterAll(() => packed.remove());

/** Every subpath, a stream, a failure and the graph; no top-level await, so that it is CommonJS as well. */
const CONSUMER = `
import { OnError, Pipeline, RunFailedError, Step, Streaming, toMermaid, type Ctx, type Failure } from 'stepstream';
import { toMermaid as draw } from 'stepstream/mermaid';
import { mockModel, streamChat } from 'stepstream/openai';

class Bot extends Pipeline<{ prompt: string }> {
  @Step({ to: 'respond' }) start({ state }: Ctx<this>): number {
    return state.prompt.length;
  }
  @Streaming() async *respond(ctx: Ctx<this, number>) {
    if (ctx.input === 0) throw new Error('nothing was asked');
    yield* streamChat(mockModel('Hello, you.'), { model: 'mock', messages: [] }, ctx);
  }
  @OnError() look({ failed }: Failure<this>) {
    console.log('failed: ' + failed);
  }
}

async function main(): Promise<void> {
  const bot = new Bot();
  for await (const token of bot.run({ prompt: 'hi' }).tokens('respond')) console.log(token);
  const failure: unknown = await bot.run({ prompt: '' }).result.catch((error: unknown) => error);
  console.log(failure instanceof RunFailedError, toMermaid(Bot) === draw(bot));
}
void main();
`;
const SAID = 'Hello\n,\n \nyou\n.\nfailed: respond\ntrue true\n';

describe('the packed package in an empty project', () => {
  test('brings at most three packages and two megabytes', () => {
    expect(packed.packages.sort()).toEqual(['eventemitter3', 'reflect-metadata', 'stepstream']);
    expect(packed.size).toBeLessThan(2_000_000);
  });

  test("runs the README's quick start by npx tsx, without a tsconfig", async () => {
    packed.write('chatbot.mts', quickStart.code);
    expect(await packed.tsx('chatbot.mts')).toBe(quickStart.output);
  });

  test.each([
    ['legacy', true],
    ['standard', false],
  ])('runs by tsx with %s decorators, as its tsconfig says', async (dialect, experimentalDecorators) => {
    packed.write('tsconfig.json', JSON.stringify({ compilerOptions: { experimentalDecorators } }));
    packed.write(`${dialect}.ts`, CONSUMER);
    expect(await packed.tsx(`${dialect}.ts`)).toBe(SAID);
  });

  test.each([
    ['CommonJS', 'cjs', 'legacy', true],
    ['CommonJS', 'cjs', 'standard', false],
    ['ES modules', 'esm', 'legacy', true],
    ['ES modules', 'esm', 'standard', false],
  ] as const)('runs as %s (%s) with %s decorators', async (_what, format, dialect, experimentalDecorators) => {
    const tsconfigRaw = { compilerOptions: { experimentalDecorators } };
    const { code } = await transform(CONSUMER, { loader: 'ts', format, target: 'node20', tsconfigRaw });
    const name = `${dialect}.${format === 'cjs' ? 'cjs' : 'mjs'}`;
    packed.write(name, code);
    expect(await packed.node(name)).toBe(SAID);
  });

  test('needs no compiler: decorators are functions, and can be called by hand', async () => {
    packed.write(
      'by-hand.cjs',
      `const { Pipeline, Step, Streaming } = require('stepstream');
      class Bot extends Pipeline {
        start({ state }) { return state.prompt.toUpperCase(); }
        async *respond({ input }) { yield input; yield '!'; }
      }
      const decorate = (name, decorator) =>
        decorator(Bot.prototype, name, Object.getOwnPropertyDescriptor(Bot.prototype, name));
      decorate('start', Step({ to: 'respond' }));
      decorate('respond', Streaming());
      new Bot().run({ prompt: 'hello' }).result.then(({ text, outputs }) => console.log(text, outputs));`,
    );
    expect(await packed.node('by-hand.cjs')).toBe("HELLO! { start: 'HELLO', respond: 'HELLO!' }\n");
  });

  test('works when both copies of it, ES module and CommonJS, are loaded', async () => {
    packed.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
      import { StepstreamError, toMermaid, Pipeline, planOf } from 'stepstream';
      const other = createRequire(import.meta.url)('stepstream');
      class Bot extends other.Pipeline { respond() { throw new Error('no'); } }
      other.Step()(Bot.prototype, 'respond', Object.getOwnPropertyDescriptor(Bot.prototype, 'respond'));
      console.log(other.Pipeline === Pipeline, planOf(Bot).steps.map(({ name }) => name), toMermaid(Bot) === other.toMermaid(Bot));
      const error = await new Bot().run({}).result.catch((error) => error);
      console.log(error instanceof StepstreamError, StepstreamError.is(error));`,
    );
    expect(await packed.node('both.mjs')).toBe("false [ 'respond' ] true\nfalse true\n");
  });
});

const NODENEXT = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const BUNDLER = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

describe.each([
  ['nodenext, an ES module', 'consumer.mts', NODENEXT],
  ['nodenext, CommonJS', 'consumer.cts', NODENEXT],
  ['bundler', 'consumer.ts', BUNDLER],
])('the types of the packed package under %s', (_what, name, resolution) => {
  test.each([true, false])('compile with experimentalDecorators: %s', (experimentalDecorators) => {
    const path = packed.write(name, CONSUMER);
    const program = ts.createProgram([path], {
      ...resolution,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      types: ['node'],
      typeRoots: [`${root}node_modules/@types`],
      strict: true,
      noEmit: true,
      experimentalDecorators,
      // Our own declarations are checked as well.
      skipLibCheck: false,
    });
    const answers = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
      const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
      return `${file?.fileName}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(answers).toEqual([]);
  });
});
