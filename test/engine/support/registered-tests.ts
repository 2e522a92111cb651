import type { EngineUnderTest, testEngine as register } from '../../../src/conformance/index.js';

export { conformanceCases, conformancePipelines, inProcess, testEngine } from '../../../src/conformance/index.js';

/** What the suite registers with a runner that only writes it down. */
export function registeredTests(
  testEngine: typeof register,
  engine: EngineUnderTest,
): { readonly run: ReadonlyMap<string, () => Promise<void>>; readonly skipped: readonly string[] } {
  const run = new Map<string, () => Promise<void>>();
  const skipped: string[] = [];
  const it = Object.assign((name: string, body: () => Promise<void>) => run.set(name, body), {
    skip: (name: string) => skipped.push(name),
  });
  testEngine({ engine, describe: (_, body) => body(), it });
  return { run, skipped };
}
