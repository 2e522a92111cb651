import type { Checkpoint } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../support/mutate.js';
import type { Play } from '../support/suspending/class.js';
import type { Elsewhere } from '../support/suspending/elsewhere.mjs';
import { playElsewhere } from '../support/suspending/play-elsewhere.js';
import { goOn, playPaused, playStraight, type Paused, type Played } from '../support/suspending/play.js';
import { createSpec, type SuspendingSpec, type SuspendingStep } from '../support/suspending/spec.js';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 70);
const SEED = Number(process.env['MODEL_SEED'] ?? 1);

/** What can be seen of where something waits: in a loop, in an each, in a child, or with others. */
const PLACES: Readonly<Record<string, (paused: Paused, spec: SuspendingSpec) => boolean>> = {
  'a later round of a loop': ({ asks }) => asks.some(({ key }) => key.includes('#')),
  'an item': ({ asks }) => asks.some(({ key }) => key.endsWith(']')),
  'a child': ({ asks }) => asks.some(({ key }) => key.includes('/')),
  'a child of an item': ({ asks }) => asks.some(({ key }) => key.includes(']/')),
  'a child of a child': ({ asks }) => asks.some(({ key }) => key.split('/').length > 2),
  'several at once': ({ asks }) => asks.length > 2,
  'a late segment': ({ checkpoint }) => checkpoint.segment > 3,
  'behind text': ({ checkpoint }) => checkpoint.text.length > 0,
  'a child that is going to fail': ({ checkpoint }) =>
    childrenOf(checkpoint).some(({ flow }) => 'doomed' in flow.state),
  'a child that was called again': ({ checkpoint }) => childrenOf(checkpoint).some(({ attempt }) => attempt > 1),
  'a switch': (paused, spec) => waiting(paused, spec).some(({ kind }) => kind === 'switch'),
  'a stream': (paused, spec) => waiting(paused, spec).some(({ kind }) => kind === 'streaming'),
  'a join': (paused, spec) =>
    waiting(paused, spec).some(({ name }) => spec.steps.filter(({ to }) => to.includes(name)).length > 1),
};

const childrenOf = ({ root }: Checkpoint): Checkpoint['root']['children'] => root.children;

/** The steps of the pipeline itself that wait for an answer. */
const waiting = ({ checkpoint }: Paused, { steps }: SuspendingSpec): readonly SuspendingStep[] =>
  steps.filter(({ name }) => checkpoint.root.suspended.some(({ step }) => step === name));

/**
 * A run whose steps suspend ends as one in which they return the answer at once. What time may change is left out of the
 * pipelines: any-joins, failures that nobody recovers and stops, for there it matters who is first; conflicts; and the
 * order in which parallel steps append to a list, or speak.
 */
describe('suspend equivalence (H)', () => {
  const patience = { timeout: 60_000 + RUNS * 200 };

  it(
    `${RUNS} random pipelines, suspended anywhere and answered in any order, end as straight runs`,
    patience,
    async () => {
      const seen = new Set<string>();
      const elsewhere: Elsewhere[] = [];
      const awaited: Played[] = [];
      for (let place = 0; place < RUNS; place++) {
        const seed = SEED * 1_000_003 + place;
        const spec = createSpec(seed);
        const random = createRandom(seed + 1);
        const play: Play = { seed, straight: false, often: [10, 30, 60, 100][place % 4] };
        const straight = await playStraight(spec, play);
        expect([straight.status, straight.error], `seed ${seed}`).toEqual(['success', undefined]);
        let last = await playPaused(spec, play);
        while ('checkpoint' in last) {
          for (const [what, isSeen] of Object.entries(PLACES)) if (isSeen(last, spec)) seen.add(what);
          // One in so many ends in another process, from wherever it has come to.
          if (elsewhere.length < 40 && random() < 0.1) {
            elsewhere.push({ spec, play, paused: last, seed });
            awaited.push(straight);
          }
          last = await goOn(spec, play, last, random);
        }
        expect(last, `seed ${seed}: ${JSON.stringify(spec)}`).toEqual(straight);
      }
      expect(await playElsewhere(elsewhere)).toEqual(awaited);
      expect(elsewhere.length).toBeGreaterThan(Math.min(RUNS / 20, 39));
      expect([...seen].sort()).toEqual(Object.keys(PLACES).sort());
    },
  );
});
