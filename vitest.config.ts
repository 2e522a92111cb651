import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { defineConfig, type Plugin } from 'vitest/config';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vite 8 does not lower standard decorators, so the standard-dialect project does it with esbuild. */
function standardDecorators(): Plugin {
  return {
    name: 'standard-decorators',
    enforce: 'pre',
    async transform(code, id) {
      const file = id.split('?')[0];
      if (!file.endsWith('.ts') || file.includes('/node_modules/')) return null;
      const result = await transform(code, {
        loader: 'ts',
        target: 'es2022',
        format: 'esm',
        sourcefile: file,
        sourcemap: true,
        tsconfigRaw: { compilerOptions: { experimentalDecorators: false } },
      });
      return { code: result.code, map: result.map };
    },
  };
}

const resolve = {
  alias: [
    { find: /^stepstream$/, replacement: from('./src/index.ts') },
    { find: /^stepstream\/mermaid$/, replacement: from('./src/mermaid/index.ts') },
    { find: /^stepstream\/openai$/, replacement: from('./src/openai/index.ts') },
    { find: /^stepstream\/storage\/memory$/, replacement: from('./src/storage/memory/index.ts') },
    { find: /^stepstream\/storage\/sqlite$/, replacement: from('./src/storage/sqlite/index.ts') },
    { find: /^stepstream\/testing$/, replacement: from('./src/testing/index.ts') },
    { find: /^stepstream\/testing\/vitest$/, replacement: from('./src/testing/vitest.ts') },
  ],
};

/** Suites that go through decorators run under both dialects; the rest runs once. */
const bothDialects = [
  'test/decorators/**/*.test.ts',
  'test/define/**/*.test.ts',
  'test/scanner/**/*.test.ts',
  'test/executor/**/*.test.ts',
  'test/run/**/*.test.ts',
];

/** What only a compiler can tell of the documentation takes it half a minute: `npm run typecheck`. */
const COMPILED = 'test/docs/compile.test.ts';

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve,
        test: {
          name: 'legacy',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/package/**', 'test/soak/**', COMPILED],
          testTimeout: 30_000,
          isolate: false,
        },
      },
      {
        resolve,
        plugins: [standardDecorators()],
        oxc: false,
        test: { name: 'standard', include: bothDialects, testTimeout: 30_000, isolate: false },
      },
      { resolve, test: { name: 'types', include: [COMPILED] } },
      { resolve, test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
});
