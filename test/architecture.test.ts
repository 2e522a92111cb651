import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** From the bottom to the top; a file imports its own layer or one below. */
const layers = [
  'decorators',
  'src/errors',
  'src/scanner',
  'src/plan',
  'src/state',
  'src/run',
  'src/ports',
  'src/executor',
  'src/pipeline.ts',
  // How runs go over a wire; what a framework or a provider's protocol adds stands on it.
  'src/http',
  'adapters',
  'src/index.ts',
  'src/cli',
];

const files = ['decorators', 'src']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'))
  .sort();

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What a file imports or re-exports, types included. */
const importsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/(?:^|\s)(?:import|export)\s[^;]*?from\s+'([^']+)'|(?:^|\s)import\s+'([^']+)'/g)].map(
    ([, from, bare]) => from ?? bare,
  );

const localImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => relative(root, normalize(join(root, dirname(file), path))).replace(/\.js$/, '.ts'));

function layerOf(file: string): number {
  const layer = layers.findIndex((name) => file === name || file.startsWith(`${name}/`));
  return layer >= 0 ? layer : layers.indexOf('adapters');
}

const adapterOf = (file: string): string | undefined =>
  layerOf(file) === layers.indexOf('adapters') ? file.split('/')[1] : undefined;

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(localImportsOf('src/pipeline.ts')).toContain('src/executor/start-run.ts');
  });

  it.each(files)('%s imports only its own layer or one below', (file) => {
    const above = localImportsOf(file).filter((imported) => layerOf(imported) > layerOf(file));
    expect(above).toEqual([]);
  });

  it('has no adapter that imports another', () => {
    const crossings = files.flatMap((file) =>
      localImportsOf(file)
        .filter((imported) => adapterOf(file) && adapterOf(imported) && adapterOf(file) !== adapterOf(imported))
        .map((imported) => `${file} → ${imported}`),
    );
    expect(crossings).toEqual([]);
  });

  it('has no import cycle, types included', () => {
    expect(findCycle()).toEqual([]);
  });

  it('uses nothing of Node and only its two dependencies in the core', () => {
    const outside = files
      .filter((file) => adapterOf(file) === undefined && !file.startsWith('src/cli/'))
      .flatMap((file) => importsOf(file).filter((path) => !path.startsWith('.')));
    expect([...new Set(outside)].sort()).toEqual(['eventemitter3', 'reflect-metadata']);
  });

  it('says nothing on the console', () => {
    expect(files.filter((file) => /\bconsole\.\w+\(/.test(textOf(file)))).toEqual([]);
  });

  it.each(files)('%s has at most 250 lines and a kebab-case name', (file) => {
    expect(textOf(file).split('\n').length).toBeLessThanOrEqual(251);
    expect(file).toMatch(/^[a-z0-9/-]+\.ts$/);
    expect(file).not.toMatch(/\/(types|utils|helpers|constants)\.ts$/);
  });
});

/** The files of one import cycle, or nothing. */
function findCycle(): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const imported of localImportsOf(file)) {
      const cycle = visit(imported, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of files) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
