import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['plugins']>[number];

/** What few step through: cases that are data, servers, stand-ins, and a program. */
const UNREAD = /(^|\/)(conformance|dbos|cli|openai|testing)\.js$/;
/** Names that others show: Nest tells of modules by those of their classes. */
const NAMED = /(^|\/)nestjs\.cjs$/;

/** So that an uncaught error, which Node.js shows with the line that has thrown it, shows little more than itself. */
const LINE = 120;

/** A package has two megabytes at most. The ES modules of the core keep their names for who steps through them. */
const makeRoom: Plugin = {
  name: 'make-room',
  async renderChunk(code, { path }) {
    const read = this.format === 'esm' && !UNREAD.test(path);
    const smaller = {
      minifyWhitespace: true,
      lineLimit: LINE,
      minifySyntax: this.format === 'esm' && !read,
      minifyIdentifiers: !read && !NAMED.test(path),
    };
    // Of a CommonJS module tsup makes one afterwards.
    return { code: (await transform(code, { ...smaller, target: 'node20', platform: 'node' })).code };
  },
};

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    client: 'src/client/index.ts',
    conformance: 'src/conformance/index.ts',
    'engine/dbos': 'src/engine/dbos/index.ts',
    http: 'src/http/index.ts',
    mermaid: 'src/mermaid/index.ts',
    nestjs: 'src/nestjs/index.ts',
    openai: 'src/openai/index.ts',
    'storage/memory': 'src/storage/memory/index.ts',
    'storage/sqlite': 'src/storage/sqlite/index.ts',
    testing: 'src/testing/index.ts',
    'testing/vitest': 'src/testing/vitest.ts',
    vite: 'src/vite/index.ts',
    // The command line, a module only: `bin` of package.json. It shares its chunks with the subpaths, and so their classes.
    cli: 'src/cli/main.ts',
    // No subpath: what tells the machine where to go stands in a file of its own, so that importing it brings no machine.
    directives: 'src/run/directives.ts',
  },
  format: ['esm', 'cjs'],
  dts: {
    // A pipeline is `AsyncDisposable`, whose type is in no `lib` that a target before ESNext has by itself.
    banner: '/// <reference lib="esnext.disposable" />',
    // tsup still sets `baseUrl` for declarations, which TypeScript 6 deprecates.
    compilerOptions: { ignoreDeprecations: '6.0' },
  },
  target: 'node20',
  splitting: true,
  clean: true,
  // Maps would be more than half of the package.
  sourcemap: false,
  plugins: [makeRoom],
  esbuildOptions: (options, { format }) => {
    // A CommonJS module has no `import.meta`; it has its file name.
    if (format !== 'cjs') return;
    options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
});
