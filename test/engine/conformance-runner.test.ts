import { expect, it } from 'vitest';
import {
  conformanceCases,
  conformancePipelines,
  inProcess,
  registeredTests,
  testEngine,
} from './support/registered-tests.js';

it('registers every case once with any runner, those that the engine does not promise as skipped with the reason', () => {
  const { run, skipped } = registeredTests(testEngine, inProcess());
  expect(run.size + skipped.length).toBe(conformanceCases.length + 1);
  expect(skipped).toContain(
    'I.6: a break leaves the run, which is cancelled, and has ended within two seconds (for engines without finallyBeforeNext)',
  );
  expect(skipped).toContain(
    'I.4: each answer is taken once: who answers second is refused, or gets the run of the first (needs durable)',
  );
});

it('has a last test that fails when a filter has left cases out, and one that passes when none was', async () => {
  const { run } = registeredTests(testEngine, inProcess());
  const [last] = [...run.values()].slice(-1);
  await expect(last()).rejects.toThrow(/Only 0 checks were made, of \d{4}/);
  for (const body of run.values()) await body();
});

it('gives each pipeline a name of its own, under which workers know it', () => {
  const names = conformancePipelines.map(
    (pipeline) => (pipeline as unknown as { pipeline: { name: string } }).pipeline,
  );
  expect(new Set(names.map(({ name }) => name)).size).toBe(conformancePipelines.length);
  expect(names.every(({ name }) => /^conformance-[a-z-]+$/.test(name))).toBe(true);
});
