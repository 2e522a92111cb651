import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { standardDecorators } from './src/vite/standard-decorators.js';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const nest11 = (path: string): string => from(`./test/integration/vendor/nest-11/node_modules/${path}`);

const resolve = {
  alias: [
    { find: /^stepstream$/, replacement: from('./src/index.ts') },
    { find: /^stepstream\/client$/, replacement: from('./src/client/index.ts') },
    { find: /^stepstream\/conformance$/, replacement: from('./src/conformance/index.ts') },
    { find: /^stepstream\/engine\/dbos$/, replacement: from('./src/engine/dbos/index.ts') },
    { find: /^stepstream\/http$/, replacement: from('./src/http/index.ts') },
    { find: /^stepstream\/mermaid$/, replacement: from('./src/mermaid/index.ts') },
    { find: /^stepstream\/nestjs$/, replacement: from('./src/nestjs/index.ts') },
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

/** What only the compiler can tell takes it a minute: `npm run typecheck`. */
const COMPILED = ['test/types/**/*.test.ts', 'test/docs/compile.test.ts'];

/** Tests of the engine that say how long something takes at most, how much happens in a time, or that take all of a machine. */
const DEMANDING = [
  ...['chaos-freeze', 'chaos-postgres', 'chaos-workers', 'failover', 'failover-frozen', 'failover-restart'],
  ...['pg-token-bus-chaos', 'spread', 'suspended-runs'],
].map((name) => `test/integration/engine/${name}.test.ts`);

/** What many clients, and the frameworks of others, make of us. */
const ONE_NODE = ['test/integration/load/**/*.test.ts', 'test/integration/frameworks/**/*.test.ts'];

/** What talks to other processes waits for them now and then: one file more at once than elsewhere, and no more (measured). */
const MORE_AT_ONCE = { maxWorkers: 3, sequence: { groupOrder: 1 } };

/** One PostgreSQL made for all, whose data each file's own begins with. */
const globalSetup = ['test/integration/engine/start-postgres.ts'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve,
        test: {
          name: 'legacy',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/package/**', 'test/soak/**', 'test/integration/**', 'test/browser/**', ...COMPILED],
          testTimeout: 30_000,
          isolate: false,
        },
      },
      {
        resolve,
        plugins: [standardDecorators()],
        test: { name: 'standard', include: bothDialects, testTimeout: 30_000, isolate: false },
      },
      { resolve, test: { name: 'types', include: COMPILED } },
      // Real frameworks, clients and servers, over real sockets: `npm run test:integration`.
      {
        resolve,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // What the vendors' packages test themselves is none of ours.
          exclude: [...configDefaults.exclude, 'test/integration/engine/**', ...ONE_NODE],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...MORE_AT_ONCE,
        },
      },
      // Of these one version of Node.js is enough.
      {
        resolve,
        test: { name: 'load', include: ONE_NODE, testTimeout: 60_000, hookTimeout: 60_000, ...MORE_AT_ONCE },
      },
      // The engine's suite waits for DBOS to look into a queue or for a peer to be judged, but each worker that waits costs CPU,
      // too. Tests that measure time come after it, so that no more than two share the machine.
      {
        resolve,
        test: {
          name: 'engine',
          globalSetup,
          include: ['test/integration/engine/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...DEMANDING],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: MORE_AT_ONCE.maxWorkers,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve,
        test: {
          name: 'engine-times',
          globalSetup,
          include: DEMANDING,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      // The tests of Nest once more, against its other major: `node test/integration/install.mjs` lays it.
      {
        resolve: {
          alias: [
            ...resolve.alias,
            { find: /^@nestjs\/(\w+(-\w+)*)$/, replacement: nest11('@nestjs/$1/index.js') },
            { find: /^rxjs$/, replacement: nest11('rxjs/dist/cjs/index.js') },
            { find: /^reflect-metadata$/, replacement: nest11('reflect-metadata/Reflect.js') },
          ],
        },
        test: {
          name: 'nest11',
          include: ['test/integration/nestjs/**/*.test.ts'],
          env: { NEST_MAJOR: '11' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...MORE_AT_ONCE,
        },
      },
      { resolve, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000 } },
      { resolve, test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
});
