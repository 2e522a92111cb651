import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { PackedProject } from './packed-project.js';

const packed = new PackedProject();
beforeAll(() => packed.install(), 300_000);
afterAll(() => packed.remove());

/** Plain JavaScript: every kind of step, a child, hooks, a handler, a suspension; no top-level await, so that it is CommonJS as well. */
const PROGRAM = `
const Child = definePipeline({
  name: 'child',
  steps: { look: { async *streaming({ state }) { state.notes.push('seen ' + state.topic); yield state.topic + ' '; } } },
});

const App = definePipeline({
  name: 'app',
  merge: { log: 'append' },
  services: (prefix) => ({ prefix, child: new Child(), up: false }),
  steps: {
    list: { to: 'load', step({ state }) { return state.topics; } },
    load: { to: 'route', concurrency: 2, async forEach({ item, index }) { return this.prefix + item + index; } },
    route: { cases: { many: 'research', few: 'ask' }, switch: ({ input }) => (input.length > 1 ? 'many' : 'few') },
    research: { of: () => Child, to: 'ask', subPipeline({ input }) { return call(this.child, { topic: input[0], notes: [] }); } },
    ask: { to: 'end', join: 'any', step: ({ input }) => suspend({ about: input.notes ?? input }) },
    end: { onError: 'mend', retry: 2, step({ input }) { throw new Error('cannot ' + input); } },
  },
  onStartup: { connect() { this.up = true; } },
  onShutdown: { disconnect() { this.up = false; }, save: { per: 'run', hook({ outcome }) { console.log('saved', outcome.status); } } },
  onError: { mend: ({ error }) => error.message + ', but mended' },
});

async function main() {
  const app = new App('t-');
  const run = app.run({ topics: ['a', 'b'], log: [] });
  for await (const token of run.tokens()) console.log(token);
  const asked = await run.result;
  console.log(asked.status, JSON.stringify(asked.asks[0].ask), app.up);
  const checkpoint = JSON.parse(JSON.stringify(asked.checkpoint));
  const { outputs, text } = await new App('x').resume(checkpoint, { ask: 'go on' }).result;
  console.log(outputs.end, text);
  console.log(planOf(App).fingerprint, toMermaid(App).startsWith('graph TD'));
  try {
    const Wrong = definePipeline({ name: 'wrong', steps: { a: { to: 'bb', step() {} }, b: { step() {} } } });
    new Wrong().run({});
  } catch (error) {
    console.log(error.message);
  }
}
main();
`;
const NAMES = '{ call, definePipeline, planOf, suspend, toMermaid }';
const SAID = `t-a0 
saved suspended
suspended {"about":["seen t-a0"]} false
saved success
cannot go on, but mended t-a0 
FINGERPRINT true
wrong can't run, it has 1 problem:
  - wrong.a: leads to "bb", which is no step. Did you mean "b"? Name one of the steps: a, b. [UNKNOWN_TARGET]
`;

const withoutFingerprint = (said: string): string => said.replace(/^[0-9a-f]{16}(?= true$)/m, 'FINGERPRINT');

describe('a definition without decorators needs neither compiler nor flag', () => {
  test.each([
    ['an ES module', 'app.mjs', `import ${NAMES} from 'stepstream';`],
    ['CommonJS', 'app.cjs', `const ${NAMES} = require('stepstream');`],
  ])('node runs it as %s', async (_what, name, first) => {
    packed.write(name, `${first}\n${PROGRAM}`);
    expect(withoutFingerprint(await packed.node(name))).toBe(SAID);
  });

  test('both copies of the package have one plan of it, and run what the other has defined', async () => {
    packed.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
      import { definePipeline, planOf, call } from 'stepstream';
      const other = createRequire(import.meta.url)('stepstream');
      const Child = other.definePipeline({ name: 'child', steps: { go: { async *streaming() { yield 'hello'; } } } });
      const Parent = definePipeline({
        name: 'parent',
        services: () => ({ child: new Child() }),
        steps: { go: { of: () => Child, subPipeline() { return call(this.child, {}); } } },
      });
      console.log(planOf(Parent).fingerprint === other.planOf(Parent).fingerprint);
      console.log((await new Parent().run({}).result).text);`,
    );
    expect(await packed.node('both.mjs')).toBe('true\nhello\n');
  });

  test.each([
    ['checked JavaScript', 'checked.mjs', 'mjs'],
    ['TypeScript that emits declarations', 'emitted.mts', 'mts'],
  ])('the compiler knows its types: %s', (_what, name, kind) => {
    const types =
      kind === 'mjs' ? '/** @type {{ state: { prompt: string } }} */ ({})' : '{} as { state: { prompt: string } }';
    const source = (to: string) => `
      import { definePipeline } from 'stepstream';
      export const Bot = definePipeline({
        name: 'bot',
        types: ${types},
        services: () => ({ suffix: '!' }),
        steps: {
          start: { to: '${to}', step({ state }) { return state.prompt.trim() + this.suffix; } },
          respond: { async *streaming({ state }) { yield state.prompt; } },
        },
      });
      export const text = new Bot().run({ prompt: 'hi' }).result.then(({ outputs }) => outputs.start?.toUpperCase());
    `;
    expect(answersTo(packed.write(name, source('respond')))).toEqual([]);
    const [refused] = answersTo(packed.write(name, source('respnd')));
    expect(refused).toContain("'respnd' is no step of this class");
  });
});

/** What the compiler says of a file in the project, and of the declarations that it makes of it. */
function answersTo(path: string): string[] {
  const program = ts.createProgram([path], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    typeRoots: [`${root}node_modules/@types`],
    strict: true,
    allowJs: true,
    checkJs: true,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: `${path}-declared`,
  });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}
