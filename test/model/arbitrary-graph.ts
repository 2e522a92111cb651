import fc from 'fast-check';
import { arbitraryCatchAll, arbitraryDraft, FEATURES, type Feature, type Temper } from './arbitrary-draft.js';
import { NAMES, toStep } from './draft-to-step.js';
import type { ModelGraph } from './model-graph.js';
import { MERGES, STATE } from './some-writes.js';

/** A random graph of up to nine steps, declared in any order, with all that its steps do. It shrinks to fewer and tamer steps. */
export const arbitraryGraph = (features: readonly Feature[] = FEATURES): fc.Arbitrary<ModelGraph> =>
  fc
    .record({
      trouble: fc.constantFrom(0, 1, 2, 5),
      writes: fc.constantFrom(0, 2, 9),
      features: fc.oneof(fc.constant([...features]), fc.subarray([...features])),
      size: fc.oneof(
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
        { weight: 2, arbitrary: fc.integer({ min: 4, max: 9 }) },
      ),
      depth: fc.constantFrom(0, 1, 1, 1, 2),
    })
    .chain(({ size, depth, ...temper }) => graphsOf(size, depth, temper));

/** Children are smaller than what runs them. */
function graphsOf(size: number, depth: number, temper: Temper): fc.Arbitrary<ModelGraph> {
  const small = Math.min(4, size);
  const nested = depth > 0 && temper.features.includes('sub');
  return fc
    .record({
      drafts: fc.tuple(...NAMES.slice(0, size).map((_, i) => arbitraryDraft(i, temper))),
      declared: fc.shuffledSubarray(NAMES.slice(0, size), { minLength: size, maxLength: size }),
      catchAll: arbitraryCatchAll(temper),
      merge: fc.subarray(Object.keys(MERGES)),
      maxVisits: fc.constantFrom(12, 6, 2),
      children: nested
        ? fc.array(
            fc.integer({ min: 1, max: small }).chain((less) => graphsOf(less, depth - 1, temper)),
            { minLength: 1, maxLength: 2 },
          )
        : fc.constant([]),
    })
    .map(({ drafts, declared, catchAll, merge, maxVisits, children }) => ({
      steps: declared.map((name) => toStep(drafts, NAMES.indexOf(name), children.length)),
      ...(catchAll && { catchAll }),
      state: STATE,
      merge: Object.fromEntries(merge.map((field) => [field, MERGES[field]])),
      maxVisits,
      ...(children.length > 0 && { children }),
    }));
}
