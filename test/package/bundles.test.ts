import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { rollup, type Plugin } from 'rollup';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { PackedProject } from './packed-project.js';

const packed = new PackedProject();
beforeAll(() => packed.install(), 300_000);
afterAll(() => packed.remove());

const STORED = readFileSync(`${root}test/package/stored.ts`, 'utf8');

/** Bundled by esbuild, with everything that it imports. */
async function bundle(name: string, code: string, options: BuildOptions = {}): Promise<string> {
  const entry = packed.write(name, code);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    write: false,
    logLevel: 'silent',
    ...options,
  });
  return outputFiles![0].text;
}

interface Said {
  readonly stored: unknown;
  readonly text: string;
  readonly outputs: unknown;
  readonly classes: readonly string[];
  readonly nameless: string;
}

describe.each([
  ['legacy', true],
  ['standard', false],
] as const)('a class with %s decorators, bundled and minified', (dialect, experimentalDecorators) => {
  const run = async (options: BuildOptions): Promise<Said> => {
    const tsconfigRaw = { compilerOptions: { experimentalDecorators } };
    const name = `${dialect}-${JSON.stringify(options).replace(/\W+/g, '')}`;
    packed.write(`${name}.mjs`, await bundle(`${name}.ts`, STORED, { tsconfigRaw, ...options }));
    return JSON.parse(await packed.node(`${name}.mjs`)) as Said;
  };

  test('stores what it stores as it is: no fingerprint, checkpoint or record has the name of a class', async () => {
    const plain = await run({ external: ['stepstream', 'stepstream/*'] });
    const minified = await run({ minify: true, keepNames: false });
    const renamed = await run({ minify: true, keepNames: true });
    expect(plain.classes).toEqual(['NamedBot', 'NamelessChild']);
    expect(renamed.classes).toEqual(plain.classes);
    for (const name of minified.classes) expect(name.length).toBeLessThan(4);
    expect(minified.stored).toEqual(plain.stored);
    expect(renamed.stored).toEqual(plain.stored);
    expect(JSON.stringify(plain.stored)).not.toMatch(/NamedBot|NamelessChild/);
    expect(plain.stored).toMatchObject({ ended: { pipeline: 'bot', status: 'success' } });
    expect({ ...minified, classes: [] }).toEqual({ ...plain, classes: [] });
    expect(minified.text).toBe('hello');
  });

  test('refuses to be found again by the name of its class, whatever that is', async () => {
    expect((await run({ minify: true })).nameless).toBe('UNNAMED_PIPELINE');
    expect((await run({ minify: false })).nameless).toBe('UNNAMED_PIPELINE');
  });
});

interface Shaken {
  readonly esbuild: string;
  readonly rollup: string;
  readonly rolldown: string;
}

/** Finds the package as Node.js does, and obeys its `sideEffects`; rollup itself does neither. */
function resolvePacked(): Plugin {
  const require = createRequire(join(packed.project, 'package.json'));
  const folder = join(packed.project, 'node_modules/stepstream');
  const { sideEffects } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { sideEffects: string[] };
  return {
    name: 'resolve-packed',
    async resolveId(id, importer) {
      if (!importer) return null;
      if (id.startsWith('.') && !importer.startsWith(folder)) return null;
      const path = id.startsWith('.') ? join(importer, '..', id) : require.resolve(id).replace(/\.cjs$/, '.js');
      if (!path.startsWith(folder)) return { id, external: true, moduleSideEffects: true };
      return { id: path, moduleSideEffects: sideEffects.includes(`.${path.slice(folder.length)}`) };
    },
  };
}

async function shake(name: string, code: string): Promise<Shaken> {
  const entry = packed.write(`${name}.mjs`, code);
  const [rolled, down] = [
    await rollup({ input: entry, plugins: [resolvePacked()], logLevel: 'silent' }),
    await rolldown({ input: entry, logLevel: 'silent', cwd: packed.project, platform: 'node' }),
  ];
  return {
    esbuild: await bundle(`${name}.mjs`, code, { minify: true }),
    rollup: (await rolled.generate({})).output[0].code,
    rolldown: (await down.generate({ minify: true })).output[0].code,
  };
}

const sizes = (shaken: Shaken): number[] => Object.values(shaken).map((code: string) => code.length);

describe('a bundler takes of the package what is used', () => {
  test('of a directive half a kilobyte, and neither the machine nor a dependency', async () => {
    const shaken = await shake('skip', "import { skip } from 'stepstream';\nconsole.log(skip());\n");
    for (const size of sizes(shaken)) expect(size).toBeLessThan(1_000);
    for (const code of Object.values(shaken)) expect(code).not.toMatch(/eventemitter3|reflect-metadata|run-end/);
    packed.write('skip-bundle.mjs', shaken.esbuild);
    expect(await packed.node('skip-bundle.mjs')).toBe("{ '~directive': 'skip' }\n");
  });

  test('of an error class half a kilobyte', async () => {
    const code = "import { StepstreamError } from 'stepstream';\nconsole.log(StepstreamError.is(1));\n";
    for (const size of sizes(await shake('error', code))) expect(size).toBeLessThan(1_000);
  });

  test('of nothing nothing', async () => {
    for (const size of sizes(await shake('nothing', "import 'stepstream';\n"))) expect(size).toBeLessThan(10);
  });

  test('of a decorator what it needs to run before the class does, and not the machine', async () => {
    const shaken = await shake('step', "import { Step } from 'stepstream';\nconsole.log(Step);\n");
    for (const code of Object.values(shaken)) {
      expect(code).toContain('Symbol.metadata');
      expect(code).not.toContain('run-end');
    }
    expect(shaken.rollup).toContain('reflect-metadata');
  });

  test('of the client nothing of the server, and eventsource-parser alone from outside', async () => {
    const code = "import { connect, LiveText } from 'stepstream/client';\nconsole.log(connect, LiveText);\n";
    const external = ['eventsource-parser'];
    const client = await bundle('client.mjs', code, { minify: true, platform: 'browser', external });
    expect(client.length).toBeLessThan(8_000);
    expect(client).not.toMatch(/reflect-metadata|eventemitter3|node:/);
    expect([...client.matchAll(/from"([^"]+)"/g)].map(([, path]) => path)).toEqual(external);
  });

  test('of a graph no machine that could run it', async () => {
    const shaken = await shake('graph', "import { toMermaid } from 'stepstream/mermaid';\nconsole.log(toMermaid);\n");
    for (const code of Object.values(shaken)) expect(code).not.toContain('run-end');
  });

  test('of a pipeline everything that a run needs: shaken by each bundler, it runs', async () => {
    const { code } = { code: await bundle('stored.ts', STORED, { packages: 'external' }) };
    const shaken = await shake('pipeline', code);
    for (const [name, text] of Object.entries(shaken)) {
      packed.write(`pipeline-by-${name}.mjs`, text as string);
      const said = JSON.parse(await packed.node(`pipeline-by-${name}.mjs`)) as Said;
      expect(said).toMatchObject({ text: 'hello', nameless: 'UNNAMED_PIPELINE' });
    }
  });
});
