import fc from 'fast-check';
import type { ModelAct, ModelHandler, ModelStep } from './model-graph.js';
import { often, someWrites } from './some-writes.js';

/** What random graphs may have beside plain steps and joins. */
export type Feature = 'goto' | 'switch' | 'loop' | 'retry' | 'streaming' | 'each' | 'sub' | 'suspend';

export const FEATURES: readonly Feature[] = ['goto', 'switch', 'loop', 'retry', 'streaming', 'each', 'sub', 'suspend'];

/** How much of each thing a graph has, so that some graphs run deep and others meet trouble everywhere. */
export interface Temper {
  readonly features: readonly Feature[];
  readonly trouble: number;
  readonly writes: number;
}

/** A body in one visit: `pick` says which of its targets or keys, once it is known how many it has. */
export interface DraftAct extends Pick<
  ModelAct,
  'does' | 'writes' | 'size' | 'failures' | 'again' | 'tokens' | 'bare'
> {
  readonly pick: number;
}

/** A step by number; what has to fit the other steps is a number too, and made to fit afterwards. */
export interface Draft extends Pick<ModelStep, 'join' | 'kind' | 'each' | 'attempts' | 'concurrency' | 'onItemError'> {
  /** Numbers of earlier steps. */
  readonly parents: readonly number[];
  /** How each of its edges is said: `to`, `goto`, both; or which case. */
  readonly ways: readonly number[];
  /** Back to which of its dominators. */
  readonly jumps: readonly number[];
  readonly acts: readonly DraftAct[];
  readonly handler?: Pick<ModelHandler, 'does' | 'writes'> & { readonly pick: number };
  /** Of a switch: a case that leads to the end, a default, and where that leads. */
  readonly ending: boolean;
  readonly otherwise: number | undefined;
  readonly child: number;
}

const NAT = fc.nat({ max: 59 });

export function arbitraryDraft(index: number, temper: Temper): fc.Arbitrary<Draft> {
  const has = (feature: Feature): boolean => temper.features.includes(feature);
  return fc
    .record({
      parents: arbitraryParents(index),
      join: fc.constantFrom(undefined, undefined, 'any' as const, 'any' as const, 'all' as const),
      kind: fc.constantFrom('step' as const, ...kinds(has)),
      each: fc.boolean(),
      attempts: has('retry') ? fc.constantFrom(undefined, undefined, 2, 3) : fc.constant(undefined),
      concurrency: fc.constantFrom(undefined, 1, 2),
      onItemError: fc.constantFrom(undefined, 'fail' as const, 'skip' as const, 'collect' as const),
      ways: fc.array(NAT, { minLength: 3, maxLength: 3 }),
      jumps: has('loop') ? fc.array(NAT, { maxLength: 2 }) : fc.constant([]),
      acts: fc.array(arbitraryAct(temper), { minLength: 1, maxLength: 4 }),
      handler: often(temper.trouble, arbitraryHandler(temper)),
      ending: fc.boolean(),
      otherwise: fc.option(NAT, { nil: undefined }),
      child: NAT,
    })
    .map(({ handler, ...draft }) => ({ ...draft, ...(handler && { handler }) }));
}

const kinds = (has: (feature: Feature) => boolean): readonly NonNullable<ModelStep['kind']>[] => [
  ...(has('switch') ? (['switch'] as const) : []),
  ...(has('streaming') ? (['streaming'] as const) : []),
  ...(has('each') ? (['each', 'each'] as const) : []),
  ...(has('sub') ? (['sub', 'sub'] as const) : []),
];

/** Mostly near ones: paths of some length, and few beginnings. */
function arbitraryParents(index: number): fc.Arbitrary<readonly number[]> {
  const earlier = Array.from({ length: index }, (_, i) => i);
  const some = (from: readonly number[], min: number, max: number) =>
    fc.subarray([...from], { minLength: Math.min(min, from.length), maxLength: Math.min(max, from.length) });
  return fc.oneof(
    { weight: 3, arbitrary: some(earlier.slice(-3), 1, 2) },
    { weight: 2, arbitrary: some(earlier, 3, index) },
    { weight: 1, arbitrary: some(earlier, 0, index) },
  );
}

function arbitraryAct({ features, trouble, writes }: Temper): fc.Arbitrary<DraftAct> {
  const has = (feature: Feature): boolean => features.includes(feature);
  const always = <T>(weight: number, does: T) => ({ weight, arbitrary: fc.constant(does) });
  return fc.record({
    does: fc.oneof(
      always(30, 'done' as const),
      ...(trouble > 0 ? [always(trouble, 'fail' as const), always(trouble, 'skip' as const)] : []),
      ...(trouble > 1 ? [always(1, 'stop' as const)] : []),
      ...(has('goto') ? [always(15, 'goto' as const)] : []),
      ...(has('suspend') ? [always(4, 'suspend' as const)] : []),
    ),
    pick: NAT,
    bare: fc.boolean(),
    size: fc.nat({ max: 3 }),
    failures: has('retry') ? fc.constantFrom(0, 0, 0, 1, 1, 2) : fc.constant(0),
    again: fc.constantFrom('throw' as const, 'retry' as const),
    tokens: fc.nat({ max: 3 }),
    writes: someWrites(writes),
  });
}

const arbitraryHandler = ({ features, writes }: Temper): fc.Arbitrary<NonNullable<Draft['handler']>> =>
  fc.record({
    does: fc.constantFrom(
      'recover' as const,
      'recover' as const,
      'skip' as const,
      'throw' as const,
      'stop' as const,
      ...(features.includes('goto') ? (['goto'] as const) : []),
    ),
    pick: NAT,
    writes: someWrites(writes),
  });

/** The catch-all of a graph. */
export const arbitraryCatchAll = ({ writes }: Temper) =>
  often(
    1,
    fc.record({
      does: fc.constantFrom('nothing' as const, 'skip' as const, 'stop' as const, 'throw' as const),
      writes: someWrites(writes),
    }),
  );
