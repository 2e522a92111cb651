import { conformanceCases, type NamedCase } from './conformance-cases.js';
import type { Capability, EngineUnderTest } from './engine-under-test.js';
import { Kit } from './kit.js';

/** What became of one case. */
export interface CaseReport {
  readonly name: string;
  readonly topic: string;
  readonly rule: string;
  readonly status: 'kept' | 'broken' | 'skipped';
  /** How many checks were made. */
  readonly checks: number;
  /** What is wrong, if it is broken. */
  readonly error?: Error;
  /** Why it was skipped. */
  readonly missing?: string;
}

/** What became of all cases on one engine. */
export interface ConformanceReport {
  readonly engine: string;
  /** Whether the engine keeps all that it promises. */
  readonly conforms: boolean;
  readonly cases: readonly CaseReport[];
  readonly checks: number;
}

/** Runs the cases of the suite on an engine, one after the other, without a test runner. */
export async function runConformance(
  engine: EngineUnderTest,
  cases: readonly NamedCase[] = conformanceCases,
): Promise<ConformanceReport> {
  const reports: CaseReport[] = [];
  for (const one of cases) reports.push(await runCase(engine, one));
  return {
    engine: engine.name,
    conforms: reports.every(({ status }) => status !== 'broken') && reports.some(({ status }) => status === 'kept'),
    cases: reports,
    checks: reports.reduce((sum, { checks }) => sum + checks, 0),
  };
}

/** Runs one case; never rejects. */
export async function runCase(engine: EngineUnderTest, one: NamedCase): Promise<CaseReport> {
  const { name, topic, rule } = one;
  const missing = missingOf(engine, one);
  if (missing !== undefined) return { name, topic, rule, status: 'skipped', checks: 0, missing };
  const kit = new Kit(engine);
  try {
    await within(engine.patience ?? 10_000, one.run(kit));
    const { checks } = kit;
    if (checks < one.checks) throw new Error(`It has checked ${checks} things, and there are ${one.checks} at least.`);
    return { name, topic, rule, status: 'kept', checks };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    kit.clear();
    return { name, topic, rule, status: 'broken', checks: kit.checks, error };
  }
}

/** Why a case is not for this engine; undefined if it is. */
export function missingOf(
  { capabilities }: EngineUnderTest,
  { needs = [], lacks = [] }: { readonly needs?: readonly Capability[]; readonly lacks?: readonly Capability[] },
): string | undefined {
  const absent = needs.filter((name) => !capabilities[name]).map((name) => `needs ${name}`);
  const present = lacks.filter((name) => capabilities[name]).map((name) => `for engines without ${name}`);
  return [...absent, ...present].join(', ') || undefined;
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It has not ended within ${milliseconds} ms.`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
