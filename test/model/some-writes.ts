import fc from 'fast-check';
import type { ModelMerge, ModelState, Write } from './model-graph.js';

/** The state that random graphs begin with. */
export const STATE: ModelState = {
  n: 0,
  total: 0,
  hits: ['old'],
  said: '.',
  flag: false,
  list: [1, { k: 1, l: 1 }],
  o: { x: 1, y: { z: 1 } },
};

export const MERGES: Readonly<Record<string, ModelMerge>> = { total: 'sum', hits: 'append', said: 'concat' };

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

/** Present in `weight` of `weight + 4` cases. */
export const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

/** What one body writes: nothing at all, or now and then one or two things. */
export const someWrites = (weight: number): fc.Arbitrary<readonly Write[]> =>
  weight === 0
    ? fc.constant([])
    : often(weight, fc.array(fc.constantFrom(...WRITES), { maxLength: 2 })).map((writes) => writes ?? []);
