import { createRandom, pick, type Random } from '../mutate.js';

/** One step of a random pipeline, as data: what its body does follows from what it is given. */
export interface SuspendingStep {
  readonly name: string;
  readonly kind: 'step' | 'streaming' | 'each' | 'switch' | 'sub';
  readonly to: readonly string[];
  /** Of a switch: where `k0`, `k1` … lead. */
  readonly cases?: readonly (string | null)[];
  /** Back to the header of a loop. */
  readonly goto?: string;
  readonly join?: 'all';
  readonly attempts?: number;
  readonly handled?: boolean;
  readonly concurrency?: number;
  /** Of a sub-pipeline step: its place in `children`. */
  readonly child?: number;
  /** Whether a sub-pipeline step runs once per item. */
  readonly perItem?: boolean;
}

/** A random pipeline class as plain data, so that another process can make it too. */
export interface SuspendingSpec {
  readonly steps: readonly SuspendingStep[];
  readonly children: readonly SuspendingSpec[];
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Makes up a pipeline of up to eight steps, with children in it. */
export function createSpec(seed: number): SuspendingSpec {
  return createGraph(createRandom(seed), 8, 2);
}

function createGraph(random: Random, most: number, depth: number): SuspendingSpec {
  const count = 2 + Math.floor(random() * (most - 1));
  const children = depth > 0 ? [createGraph(random, 4, depth - 1), createGraph(random, 3, depth - 1)] : [];
  const parents = NAMES.slice(0, count).map((_, index) => parentsOf(random, index));
  const kinds: Kind[] = [];
  for (const above of parents)
    kinds.push(
      kindOf(
        random,
        above.map((index) => kinds[index]),
        children.length,
      ),
    );
  const steps = kinds.map((kind, index): SuspendingStep => {
    const forward = NAMES.filter((_, other) => parents[other]?.includes(index));
    const back = index > 0 && random() < 0.25 ? pick(random, dominators(parents, index)) : undefined;
    const loops = back !== undefined && (kind === 'step' || kind === 'streaming');
    return {
      name: NAMES[index],
      kind,
      to: kind === 'switch' ? [] : forward,
      ...(kind === 'switch' && { cases: forward.length > 0 ? [...forward, null] : [null] }),
      ...(loops && takesPlain(kinds[back]) && { goto: NAMES[back] }),
      ...(random() < 0.3 && kind !== 'each' && { attempts: 2 }),
      ...(random() < 0.2 && { handled: true }),
      ...(isPerItem(kind) && { concurrency: 1 + Math.floor(random() * 3) }),
      ...(kind.startsWith('sub') && { kind: 'sub' as const, child: Math.floor(random() * children.length) }),
      ...(kind === 'sub each' && { perItem: true }),
    } as SuspendingStep;
  });
  return { steps, children };
}

type Kind = SuspendingStep['kind'] | 'sub each';

const isPerItem = (kind: Kind): boolean => kind === 'each' || kind === 'sub each';
/** A jump brings no list. */
const takesPlain = (kind: Kind): boolean => !isPerItem(kind);

function parentsOf(random: Random, index: number): readonly number[] {
  if (index === 0) return [];
  const near = Math.max(0, index - 1 - Math.floor(random() * 3));
  const other = Math.floor(random() * index);
  return random() < 0.35 && other !== near ? [near, other] : [near];
}

function kindOf(random: Random, parents: readonly Kind[], children: number): Kind {
  if (parents.length === 0) return pick(random, ['step', 'streaming']);
  const plain: readonly Kind[] = ['step', 'step', 'streaming', 'streaming', 'switch'];
  const subs: readonly Kind[] = children > 0 ? ['sub'] : [];
  // A switch passes its own input on, and a child's state is no list.
  const lists = parents.every((kind) => kind !== 'switch' && kind !== 'sub');
  const items: readonly Kind[] = !lists ? [] : children > 0 ? ['each', 'sub each'] : ['each'];
  return pick(random, [...plain, ...subs, ...items]);
}

/** Itself, and the steps that every way from the beginning to it leads through: jumps to them make loops with one header. */
function dominators(parents: readonly (readonly number[])[], index: number): readonly number[] {
  const [first = [], ...others] = parents[index].map((parent) => dominators(parents, parent));
  return [...first.filter((step) => others.every((list) => list.includes(step))), index];
}
