import { VERSIONS, type Cell, type Tool } from './cells.js';

/** What a project needs to be compiled and run by a tool. */
export interface ToolSetup {
  /** Beside stepstream itself. */
  readonly packages: (cell: Cell) => Readonly<Record<string, string>>;
  /** Its settings by file name, tsconfig.json apart; with `wayOut`, those of the way out of the tool's limit. */
  readonly settings: (cell: Cell, wayOut: boolean) => Readonly<Record<string, string>>;
  /** What the runtime is given, one after the other. */
  readonly commands: (cell: Cell, wayOut: boolean) => readonly (readonly string[])[];
  /** How the last command shows that it is the program: it prints what is expected, or it is a test that has passed. */
  readonly proof: 'output' | 'test';
  /** It loads or is TypeScript, so that the version of it makes a difference to what it does. */
  readonly usesTypeScript?: true;
  /** How its TypeScript finds modules. */
  readonly resolution: 'NodeNext' | 'Bundler';
}

const text = (...lines: string[]): string => lines.join('\n') + '\n';
const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';

/** The tsconfig.json of a cell's project. */
export const tsconfigOf = (cell: Cell): string =>
  json({
    compilerOptions: {
      target: 'ES2022',
      ...(TOOLS[cell.tool].resolution === 'NodeNext'
        ? { module: 'NodeNext' }
        : { module: 'ESNext', moduleResolution: 'Bundler' }),
      strict: true,
      ...(cell.dialect === 'legacy' ? { experimentalDecorators: true } : {}),
      types: [],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });

const swcrc = ({ dialect, module }: Cell): string =>
  json({
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: dialect === 'legacy' ? { legacyDecorator: true } : { decoratorVersion: '2023-11' },
    },
    module: { type: module === 'CommonJS' ? 'commonjs' : 'es6' },
  });

const SWC_COMPILE = text(
  "import { transformFile } from '@swc/core';",
  "import { mkdirSync, writeFileSync } from 'node:fs';",
  '',
  "mkdirSync('dist', { recursive: true });",
  "for (const name of ['main', 'program'])",
  '  writeFileSync(`dist/${name}.js`, (await transformFile(`src/${name}.ts`)).code);',
);

const tsupConfig = ({ module }: Cell): string =>
  text(
    "import { defineConfig } from 'tsup';",
    '',
    'export default defineConfig({',
    "  entry: ['src/main.ts'],",
    `  format: '${module === 'CommonJS' ? 'cjs' : 'esm'}',`,
    '  noExternal: [/./],',
    '  minify: true,',
    '});',
  );

/** A configuration file of Vite or Vitest, with our plugin or without. */
const configFile = (of: string, plugin: boolean, ...lines: readonly string[]): string =>
  text(
    ...(plugin ? ["import { standardDecorators } from 'stepstream/vite';"] : []),
    `import { defineConfig } from '${of}';`,
    '',
    'export default defineConfig({',
    ...(plugin ? ['  plugins: [standardDecorators()],'] : []),
    ...lines,
    '});',
  );

/** Everything in one file, minified: names of classes are gone in it. */
const viteConfig = ({ module }: Cell, plugin: boolean): string =>
  configFile(
    'vite',
    plugin,
    '  ssr: { noExternal: true },',
    '  build: {',
    "    ssr: 'src/main.ts',",
    '    minify: true,',
    `    rollupOptions: { output: { format: '${module === 'CommonJS' ? 'cjs' : 'es'}', entryFileNames: 'main.js' } },`,
    '  },',
  );

const vitestConfig = (plugin: boolean): string =>
  configFile('vitest/config', plugin, "  test: { include: ['test/*.test.*'] },");

const TEST = text(
  "import { readFileSync } from 'node:fs';",
  "import { expect, test } from 'vitest';",
  "import { program } from '../src/program.js';",
  '',
  "test('the program', async () => {",
  "  expect(`${await program()}\\n`).toBe(readFileSync('expected.txt', 'utf8'));",
  '});',
);

const COMMONJS_TEST = text(
  "const { expect, test } = require('vitest');",
  "const { Pipeline } = require('stepstream');",
  '',
  "test('the package', () => expect(new Pipeline()).toBeDefined());",
);

const vite = (version: 'vite 7' | 'vite 8'): ToolSetup => ({
  packages: ({ dialect }) => ({
    vite: VERSIONS[version],
    // vite 7 brings it itself.
    ...(version === 'vite 8' && dialect === 'standard' ? { esbuild: VERSIONS.esbuild } : {}),
  }),
  settings: (cell, wayOut) => ({ 'vite.config.mjs': viteConfig(cell, wayOut) }),
  commands: () => [['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], ['dist/main.js']],
  proof: 'output',
  resolution: 'Bundler',
});

export const TOOLS: Readonly<Record<Tool, ToolSetup>> = {
  tsc: {
    usesTypeScript: true,
    packages: ({ typescript }) => ({ typescript: VERSIONS.typescript[typescript] }),
    settings: () => ({}),
    commands: () => [['node_modules/typescript/bin/tsc'], ['dist/main.js']],
    proof: 'output',
    resolution: 'NodeNext',
  },
  tsx: {
    packages: () => ({ tsx: VERSIONS.tsx }),
    settings: () => ({}),
    commands: () => [['node_modules/tsx/dist/cli.mjs', 'src/main.ts']],
    proof: 'output',
    resolution: 'NodeNext',
  },
  swc: {
    packages: () => ({ '@swc/core': VERSIONS.swc }),
    settings: (cell) => ({ '.swcrc': swcrc(cell), 'compile.mjs': SWC_COMPILE }),
    commands: () => [['compile.mjs'], ['dist/main.js']],
    proof: 'output',
    resolution: 'NodeNext',
  },
  tsup: {
    usesTypeScript: true,
    packages: ({ typescript }) => ({
      tsup: VERSIONS.tsup,
      esbuild: VERSIONS.esbuild,
      // It requires it, whatever it is asked for, and doesn't bring it.
      typescript: VERSIONS.typescript[typescript],
    }),
    settings: (cell) => ({ 'tsup.config.mjs': tsupConfig(cell) }),
    commands: () => [['node_modules/tsup/dist/cli-default.js', '--silent'], ['dist/main.js']],
    proof: 'output',
    resolution: 'Bundler',
  },
  'vite 7': vite('vite 7'),
  'vite 8': vite('vite 8'),
  vitest: {
    packages: ({ dialect }) => ({
      vitest: VERSIONS.vitest,
      vite: VERSIONS['vite 8'],
      ...(dialect === 'standard' ? { esbuild: VERSIONS.esbuild } : {}),
    }),
    settings: ({ module }, wayOut) => ({
      'vitest.config.mjs': vitestConfig(wayOut),
      ...(module === 'CommonJS' ? { 'test/program.test.cjs': COMMONJS_TEST } : { 'test/program.test.ts': TEST }),
    }),
    commands: () => [['node_modules/vitest/vitest.mjs', 'run']],
    proof: 'test',
    resolution: 'Bundler',
  },
  Bun: {
    packages: () => ({ bun: VERSIONS.bun }),
    settings: () => ({}),
    commands: ({ module }) =>
      module === 'ES modules'
        ? [['src/main.ts']]
        : [
            ['build', 'src/main.ts', '--target=bun', '--format=cjs', '--packages=external', '--outfile=dist/main.cjs'],
            ['dist/main.cjs'],
          ],
    proof: 'output',
    resolution: 'Bundler',
  },
  'Node.js alone': {
    packages: () => ({}),
    settings: () => ({}),
    commands: (_cell, wayOut) => [[wayOut ? 'defined.js' : 'decorated.js']],
    proof: 'output',
    resolution: 'NodeNext',
  },
};
