import { MisuseError, StepstreamError, type Checkpoint, type RunResult } from 'stepstream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FlowCheckpoint } from '../../src/run/checkpoint.js';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { createRandom, mutate, pick, type Random } from '../support/mutate.js';
import { reread } from '../support/suspended-of.js';
import { Cage, Zoo, ZOO } from '../support/zoo.js';

/** Ten to each random graph of `npm run test:model`: 10,000 with `MODEL_RUNS=1000`. */
const RUNS = 10 * Number(process.env['MODEL_RUNS'] ?? 25);
const SEED = Number(process.env['MODEL_SEED'] ?? 1);
/** Milliseconds that one of them may take at most, however busy the machine is. */
const PATIENCE = 10_000;

interface Source {
  readonly make: () => Zoo | Cage;
  readonly checkpoint: Checkpoint;
}

const ANSWERS: Readonly<Record<string, unknown>> = { route: 'lions', ask: 'go on' };

/** The keys that a checkpoint speaks of, as far as it still makes sense. */
function keysOf(flow: FlowCheckpoint, prefix = ''): string[] {
  const keyOf = ({ step, visit, index }: { step: string; visit: number; index?: number }): string =>
    `${prefix}${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
  try {
    return [
      ...flow.suspended.map(keyOf),
      ...flow.eaches.flatMap(({ suspended }) => suspended.map(keyOf)),
      ...flow.children.flatMap((child) => keysOf(child.flow, `${keyOf(child)}/`)),
    ];
  } catch {
    return [];
  }
}

/** Answers to some of what waits: most are fine, some are not. */
function answersTo({ root }: Checkpoint, random: Random): Record<string, unknown> {
  const keys = keysOf(root);
  const answered = keys.filter(() => random() < 0.6);
  const all = answered.length > 0 ? answered : keys.slice(0, 1);
  return Object.fromEntries(all.map((key) => [key, ANSWERS[key] ?? pick(random, ['yes', 'fail', 7, null])]));
}

/** Real ones: of the first suspension, and of later ones in which some have answered. */
async function sources(): Promise<Source[]> {
  const random = createRandom(7);
  const all: Source[] = [];
  for (const [make, start] of [
    [() => new Zoo(), () => new Zoo().run(structuredClone(ZOO), { throwOnFailure: false }).result],
    [() => new Cage(), () => new Cage().run({ n: 0, told: [] }, { throwOnFailure: false }).result],
  ] as const) {
    for (let trail = 0; trail < 6; trail++) {
      let result = (await start()) as RunResult<Zoo>;
      for (let segment = 0; segment < 4 && result.status === 'suspended'; segment++) {
        const checkpoint = reread(result.checkpoint);
        all.push({ make, checkpoint });
        const bot = make() as Zoo;
        const answers = answersTo(checkpoint, random) as never;
        result = await bot.resume(checkpoint, answers, { throwOnFailure: false }).result;
      }
    }
  }
  return all;
}

/** What came of one: its code, or how its run has ended. */
async function attempt({ make }: Source, hostile: Checkpoint, answers: object): Promise<string> {
  let run;
  try {
    run = (make() as Zoo).resume(hostile, answers as never, { throwOnFailure: false });
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    const { code, message } = error as MisuseError;
    expect(message.length).toBeLessThan(600);
    return code;
  }
  const tooLong = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('it hangs')), PATIENCE).unref();
  });
  const result = await Promise.race([run.result, tooLong]);
  // Whatever it is, it is no crash of the machine.
  if (result.status === 'failed') expect(StepstreamError.is(result.error), String(result.error.stack)).toBe(true);
  // And what has suspended again can be resumed again.
  if (result.status === 'suspended') expect(keysOf(result.checkpoint.root).length).toBeGreaterThan(0);
  return result.status === 'failed' ? `failed: ${(result.error as StepstreamError).code}` : result.status;
}

describe('checkpoints from outside', () => {
  let real: Source[];
  beforeAll(async () => {
    real = await sources();
  });

  it('that are real are all taken', async () => {
    expect(real.length).toBeGreaterThan(20);
    for (const source of real) {
      const { root } = source.checkpoint;
      const answers = Object.fromEntries(keysOf(root).map((key) => [key, ANSWERS[key] ?? 'yes']));
      // Some have answered `fail` before.
      expect(await attempt(source, source.checkpoint, answers)).toMatch(/^(success|suspended|failed: STEP_FAILED)$/);
    }
  });

  it(`${RUNS} hostile ones: each is refused, or its run ends as runs do`, { timeout: 60_000 + RUNS * 20 }, async () => {
    const ends = new Map<string, number>();
    const unhandled = await catchUnhandled(async () => {
      for (let place = 0; place < RUNS; place++) {
        const random = createRandom(SEED * 1_000_003 + place);
        const source = pick(random, real);
        const hostile = structuredClone(source.checkpoint);
        const times = 1 + Math.floor(random() * random() * 5);
        for (let time = 0; time < times; time++)
          mutate(
            hostile,
            random,
            real.map(({ checkpoint }) => checkpoint),
          );
        const answers = random() < 0.2 ? { ask: 'go on' } : answersTo(hostile, random);
        const how = await attempt(source, hostile, answers).catch((error: unknown) => {
          throw new Error(`hostile checkpoint ${place} of seed ${SEED}`, { cause: error });
        });
        ends.set(how, (ends.get(how) ?? 0) + 1);
      }
    });
    expect(unhandled).toEqual([]);
    expect({}).not.toHaveProperty('polluted');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Object.keys(Array.prototype)).toEqual([]);
    // They get everywhere.
    const many = RUNS < 5_000 ? [] : ['WRONG_CHECKPOINT', 'PLAN_CHANGED', 'failed: RUN_STALLED'];
    for (const how of ['INVALID_CHECKPOINT', 'INVALID_ANSWER', 'success', 'suspended', ...many])
      expect(ends.get(how) ?? 0, how).toBeGreaterThan(0);
  });
});
