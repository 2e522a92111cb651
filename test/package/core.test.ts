import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';

const DEPENDENCIES = ['eventemitter3', 'reflect-metadata'];

/** The core entry as it is shipped, bundled for a browser with nothing else of Node.js than its name. */
async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: root,
    write: false,
    logLevel: 'silent',
    ...options,
  });
  return outputFiles![0].text;
}

describe('the core entry', () => {
  test('is at most 62,000 bytes, minified and gzipped, without its two dependencies', async () => {
    const code = await bundle({
      entryPoints: ['dist/index.js'],
      format: 'esm',
      external: DEPENDENCIES,
    });
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(62_000);
  });

  test('runs in a bundle for browsers, where nothing of Node.js is', async () => {
    const contents = `import { Pipeline, Step, Streaming, ForEach } from 'stepstream';
      class Bot extends Pipeline<{ prompt: string }> {
        @Step({ to: 'each' }) start() { return ['a', 'b']; }
        @ForEach({ to: 'respond' }) each({ item }) { return item.toUpperCase(); }
        @Streaming() async *respond({ input, state }) { yield* input; yield state.prompt; }
      }
      globalThis.done = new Bot().run({ prompt: '!' }).result.then(({ status, text }) => status + ' ' + text);`;
    const code = await bundle({
      stdin: { contents, loader: 'ts', resolveDir: root },
      format: 'iife',
      alias: { stepstream: './dist/index.js' },
    });
    const { AbortController, AbortSignal, DOMException, crypto, performance, queueMicrotask } = globalThis;
    const { setTimeout, clearTimeout, structuredClone } = globalThis;
    const browser = { AbortController, AbortSignal, DOMException, crypto, performance, queueMicrotask };
    const page: { done?: Promise<string> } = { ...browser, setTimeout, clearTimeout, structuredClone } as object;
    runInNewContext(code, page);
    expect(await page.done).toBe('success AB!');
  });

  test('declares nothing of another package but of its two dependencies, and no type of Node.js', () => {
    const seen = new Set<string>();
    const declared = declarationsFrom('dist/index.d.ts', seen);
    const imported = [...declared.matchAll(/(?:from|import\()\s*['"]([^.'"][^'"]*)['"]/g)].map(([, name]) => name);
    expect(imported.filter((name) => !DEPENDENCIES.includes(name))).toEqual([]);
    expect(declared.replace(/\/\*.*?\*\//gs, '')).not.toMatch(
      /\bOpenAI\b|\bzod\b|\brxjs\b|\bNodeJS\b|\bBuffer\b|types="node"|types='node'/,
    );
    expect(seen.size).toBeGreaterThan(1);
  });
});

/** A file of declarations with all that it imports, as one text. */
function declarationsFrom(path: string, seen: Set<string>): string {
  if (seen.has(path)) return '';
  seen.add(path);
  const text = readFileSync(`${root}${path}`, 'utf8');
  const beside = [...text.matchAll(/from '\.\/([^']+)\.js'/g)].map(([, name]) => `dist/${name}.d.ts`);
  return [text, ...beside.map((other) => declarationsFrom(other, seen))].join('\n');
}
