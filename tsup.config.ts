import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', mermaid: 'src/mermaid/index.ts', openai: 'src/openai/index.ts' },
  format: ['esm', 'cjs'],
  // tsup still sets `baseUrl` for declarations, which TypeScript 6 deprecates.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  target: 'node20',
  splitting: true,
  clean: true,
  sourcemap: true,
});
