import { conformanceCases, type NamedCase } from './conformance-cases.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { missingOf, runCase } from './run-conformance.js';

/** What the suite needs of a test runner: that of vitest, jest, mocha or `node:test`. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    readonly skip: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** What `testEngine` takes. */
export interface TestEngineOptions extends TestRunner {
  /** The engine, or what gives it once the tests run: a database is not up when they are registered. */
  readonly engine: EngineUnderTest | (Pick<EngineUnderTest, 'name' | 'capabilities'> & { get(): EngineUnderTest });
}

/**
 * Registers every case of the suite as a test of any runner. What an engine doesn't promise is listed as skipped, with
 * the missing capability; the last test says that as much was checked as the suite counts, so that it can't pass idly.
 */
export function testEngine({ engine, describe, it }: TestEngineOptions): void {
  const given = (): EngineUnderTest => ('get' in engine ? engine.get() : engine);
  const probe = engine as EngineUnderTest;
  let checks = 0;
  const due = conformanceCases.filter((one) => missingOf(probe, one) === undefined);
  const register = (one: NamedCase): void => {
    const missing = missingOf(probe, one);
    const title = `${one.rule}: ${one.name}`;
    if (missing !== undefined) return void it.skip(`${title} (${missing})`, async () => undefined);
    it(title, async () => {
      const report = await runCase(given(), one);
      checks += report.checks;
      if (report.error) throw report.error;
    });
  };
  describe(`the engine "${engine.name}" keeps the promises of a run`, () => {
    for (const topic of new Set(conformanceCases.map(({ topic }) => topic)))
      describe(topic, () => conformanceCases.filter((one) => one.topic === topic).forEach(register));
    it(`has checked what ${due.length} cases check at least`, async () => {
      const least = due.reduce((sum, one) => sum + one.checks, 0);
      if (least === 0 || checks < least)
        throw new Error(`Only ${checks} checks were made, of ${least}: has a filter left cases out?`);
    });
  });
}
