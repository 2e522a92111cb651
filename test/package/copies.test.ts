import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { PackedProject } from './packed-project.js';

const packed = new PackedProject();
/** What came of a pipeline on one copy with decorators, directives, middleware and a child of another. */
let mixes: Record<string, object>;

beforeAll(async () => {
  await packed.install();
  const modules = join(packed.project, 'node_modules');
  cpSync(join(modules, 'stepstream'), join(modules, 'stepstream-next'), { recursive: true });
  const manifest = join(modules, 'stepstream-next/package.json');
  const next = {
    ...(JSON.parse(readFileSync(manifest, 'utf8')) as object),
    name: 'stepstream-next',
    version: '99.0.0',
  };
  writeFileSync(manifest, JSON.stringify(next));
  packed.write('two-copies.mjs', readFileSync(`${root}test/package/two-copies.mjs`, 'utf8'));
  mixes = JSON.parse(await packed.node('two-copies.mjs')) as typeof mixes;
}, 300_000);
afterAll(() => packed.remove());

const COPIES = ['esm', 'cjs', 'next'];
const PAIRS = COPIES.flatMap((one) => COPIES.map((other) => [one, other] as const));

describe('ES modules, CommonJS and another version in one process', () => {
  test('are mixed two by two', () => {
    expect(Object.keys(mixes)).toEqual(PAIRS.map(([one, other]) => `${one} ${other}`));
  });

  test.each(PAIRS)('a pipeline of %s and %s is drawn, run, resumed and tested by either', (one, other) => {
    expect(mixes[`${one} ${other}`]).toEqual({
      sameGraph: true,
      samePlan: true,
      statuses: ['suspended', 'success', 'success', 'success'],
      outputs: { ask: 'yes', research: { word: 'yes', said: 'yes!' } },
      path: ['start', 'ask', 'research', 'last'],
      // Who resumed in the other copy was first.
      answered: { ask: 'yes' },
      observed: [
        ...['run-end', 'run-start', 'state-change', 'step-cancel', 'step-end', 'step-error', 'step-retry', 'step-skip'],
        ...['step-start', 'step-suspend', 'token', 'usage'],
      ],
      codes: {
        late: 'RUN_FAILED',
        failed: 'RUN_FAILED',
        dear: 'RUN_FAILED',
        mistake: 'BLUEPRINT_INVALID',
        plain: 'NOT_PLAIN_DATA',
      },
      causes: ['STEP_FAILED', 'no', 'BUDGET_EXCEEDED'],
      known: true,
      // A class is that of its copy: across copies, ask for the code, or StepstreamError.is().
      instances: [true, one === other],
    });
  });
});
