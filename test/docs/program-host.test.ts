import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Said } from './program-host.js';
import { ProgramsFolder } from './programs-folder.js';
import type { Program } from './read-programs.js';

const program = (name: string, code: string): Program & { readonly name: string } => ({
  ...{ name, code, page: `host/${name}.md`, line: 1, heading: '', output: undefined, legacyOnly: false },
});

const programs = [
  program('late', `setTimeout(() => console.log('at last'), 30); console.log('at once', [1]);`),
  program('immediate', `setImmediate(() => setImmediate(() => setImmediate(() => console.log('turns'))));`),
  program(
    'reads',
    `import { readFile } from 'node:fs'; readFile('package.json', 'utf8', (_, text) => console.log(text));`,
  ),
  program('throws', `setTimeout(() => console.log('unheard'), 30); console.log('first'); throw new TypeError('oh');`),
  program('rejects', `void Promise.reject(new RangeError('nobody looks', { cause: new Error('why') }));`),
  program('waits', `await new Promise(() => undefined);`),
  program('exit-code', `process.exitCode = 3;`),
  program('warns', `process.emitWarning('careful');`),
  program('quiet', `setTimeout(() => undefined, 1_000_000).unref();`),
];
const folder = new ProgramsFolder(programs);
afterAll(() => folder[Symbol.dispose]());

/** Without the lines of a stack, and what Node.js puts around the error. */
const essence = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /^( *\[cause\]: )?\w*Error: /.test(line))
    .join('\n');

describe('a program that runs in one process with others', () => {
  let together: ReadonlyMap<Program, Said>;
  beforeAll(async () => {
    await folder.build('standard');
    together = await folder.runAll(programs, 'standard');
  }, 60_000);

  test.each(programs)('says what it says in a process of its own: $name', { timeout: 60_000 }, async (one) => {
    const own = await folder.run(one, 'standard');
    const shared = together.get(one)!;
    expect([shared.stdout, shared.code]).toEqual([own.stdout, own.code]);
    expect(essence(shared.stderr)).toBe(essence(own.stderr));
    expect(shared.stderr === '').toBe(own.stderr === '');
  });
});
