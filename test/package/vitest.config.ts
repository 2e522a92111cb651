import { defineConfig } from 'vitest/config';

/** What users get: apart from the unit tests, because it needs a build and the registry. See `npm run test:package`. */
export default defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 300_000 },
});
