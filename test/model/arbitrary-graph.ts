import fc from 'fast-check';
import type { ModelGraph, ModelMerge, ModelState, ModelStep, Write } from './model-graph.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

const STATE: ModelState = {
  n: 0,
  total: 0,
  hits: ['old'],
  said: '.',
  flag: false,
  list: [1, { k: 1, l: 1 }],
  o: { x: 1, y: { z: 1 } },
};

/** Over few paths, so that parallel steps meet; the fields that may have a merge are only written as it can merge. */
const WRITES: readonly Write[] = [
  { op: 'inc', path: ['n'] },
  { op: 'set', path: ['n'], value: 7 },
  { op: 'inc', path: ['total'] },
  { op: 'set', path: ['total'], value: -3 },
  { op: 'push', path: ['hits'], value: 'new' },
  { op: 'push', path: ['hits'], value: { of: ['mine'] } },
  { op: 'say', path: ['said'], value: 'hm' },
  { op: 'set', path: ['flag'], value: true },
  { op: 'set', path: ['flag'], value: null },
  { op: 'push', path: ['list'], value: 2 },
  { op: 'set', path: ['list', '0'], value: 9 },
  { op: 'inc', path: ['list', '1', 'k'] },
  { op: 'set', path: ['list', '1', 'l'], value: true },
  { op: 'set', path: ['list'], value: [] },
  { op: 'inc', path: ['o', 'x'] },
  { op: 'set', path: ['o', 'y', 'z'], value: null },
  { op: 'set', path: ['o', 'y', 'w'], value: [0] },
  { op: 'set', path: ['o', 'y'], value: { z: 1, v: 2 } },
  { op: 'set', path: ['o', 'y'], value: 'gone' },
  { op: 'delete', path: ['o', 'y'] },
  { op: 'delete', path: ['o', 'x'] },
  { op: 'set', path: ['fresh'], value: { is: true } },
];

const MERGES: Readonly<Record<string, ModelMerge>> = { total: 'sum', hits: 'append', said: 'concat' };

/** How much of each thing a graph has, so that some graphs run deep and others meet trouble everywhere. */
interface Temper {
  readonly trouble: number;
  readonly writes: number;
}

/** A random DAG of up to nine steps, declared in any order, with all that its steps do. It shrinks to fewer and tamer steps. */
export const arbitraryGraph: fc.Arbitrary<ModelGraph> = fc
  .record({
    trouble: fc.constantFrom(1, 4),
    writes: fc.constantFrom(0, 2, 9),
    size: fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
      { weight: 2, arbitrary: fc.integer({ min: 5, max: 9 }) },
    ),
  })
  .chain(({ size, ...temper }) =>
    fc.record({
      drafts: fc.tuple(...NAMES.slice(0, size).map((_, i) => arbitraryDraft(i, temper))),
      declared: fc.shuffledSubarray(NAMES.slice(0, size), { minLength: size, maxLength: size }),
      catchAll: often(
        1,
        fc.record({ does: fc.constantFrom('nothing', 'skip', 'stop', 'throw'), writes: some(temper) }),
      ),
      merge: fc.subarray(Object.keys(MERGES)),
    }),
  )
  .map(({ drafts, declared, catchAll, merge }) => ({
    steps: declared.map((name) => toStep(NAMES.indexOf(name), drafts)),
    ...(catchAll && { catchAll: catchAll }),
    state: STATE,
    merge: Object.fromEntries(merge.map((field) => [field, MERGES[field]])),
  }));

interface Draft extends Pick<ModelStep, 'join' | 'behaviour' | 'writes' | 'handler'> {
  /** Numbers of earlier steps. */
  readonly parents: readonly number[];
}

function arbitraryDraft(index: number, temper: Temper): fc.Arbitrary<Draft> {
  const earlier = Array.from({ length: index }, (_, i) => i);
  return fc
    .record({
      // Mostly near ones: paths of some length, and few beginnings.
      parents: fc.oneof(
        {
          weight: 3,
          arbitrary: fc.subarray(earlier.slice(-3), { minLength: Math.min(1, index), maxLength: Math.min(2, index) }),
        },
        { weight: 2, arbitrary: fc.subarray(earlier, { minLength: Math.min(3, index) }) },
        { weight: 1, arbitrary: fc.subarray(earlier) },
      ),
      join: fc.constantFrom(undefined, 'any' as const, 'any' as const, 'all' as const),
      behaviour: fc.oneof(
        { weight: 16, arbitrary: fc.constant('done' as const) },
        { weight: temper.trouble, arbitrary: fc.constantFrom('fail' as const, 'skip' as const, 'fail' as const) },
        { weight: 1, arbitrary: fc.constantFrom('done' as const, 'stop' as const) },
      ),
      writes: some(temper),
      handler: often(
        temper.trouble,
        fc.record({ does: fc.constantFrom('recover', 'skip', 'throw', 'recover', 'stop'), writes: some(temper) }),
      ),
    })
    .map(({ join, handler, ...draft }) => ({
      ...draft,
      ...(join && draft.parents.length > 0 && { join }),
      ...(handler && { handler: handler }),
    }));
}

const some = ({ writes }: Temper): fc.Arbitrary<readonly Write[]> =>
  writes === 0
    ? fc.constant([])
    : often(writes, fc.array(fc.constantFrom(...WRITES), { maxLength: 2 })).map((w) => w ?? []);

/** Present in `weight` of `weight + 4` cases. */
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

function toStep(index: number, drafts: readonly Draft[]): ModelStep {
  const { parents, ...rest } = drafts[index];
  const lonely = parents.length === 0;
  const several = drafts.filter((draft) => draft.parents.length === 0).length > 1;
  return {
    name: NAMES[index],
    to: NAMES.filter((_, child) => drafts[child]?.parents.includes(index)),
    ...(lonely && several && { entry: true }),
    ...rest,
  };
}
