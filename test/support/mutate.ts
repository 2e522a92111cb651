/** A number from 0 to below 1. */
export type Random = () => number;

/** Small, fast and seeded: mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];

type Holder = Record<string | number, unknown>;
/** Where a value stands. */
interface Spot {
  readonly holder: Holder;
  readonly key: string;
}

const nested = (depth: number, list: boolean): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = list ? [value] : { value };
  return value;
};
const circle = (): unknown => {
  const own: Record<string, unknown> = {};
  own['own'] = own;
  return own;
};

/** What nobody expects: some of it JSON can't even say. */
const HOSTILE: readonly (() => unknown)[] = [
  ...[null, undefined, true, false, '', [], {}, 0, 1, -1, 1.5, -0].map((value) => () => structuredClone(value)),
  ...[2 ** 31, 2 ** 32, 2 ** 53, 1e15, 1e308, -1e308, NaN, Infinity].map((value) => () => value),
  ...['__proto__', 'constructor', 'prototype', 'toString', 'done', 'suspended'].map((value) => () => value),
  () => 'x'.repeat(200_000),
  () => nested(10_000, true),
  () => nested(10_000, false),
  () => nested(1_500, false),
  () => Array.from({ length: 150_000 }, () => 0),
  () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  () => JSON.parse('{"constructor":{"prototype":{"polluted":true}}}') as unknown,
  () => new Date(0),
  () => new Map([['polluted', true]]),
  () => () => 1,
  () => Symbol('hostile'),
  () => 10n,
  circle,
  () => ({
    get value(): never {
      throw new Error('a getter');
    },
  }),
  () => new Proxy({}, { ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => undefined }),
  () => Object.assign(Object.create({ inherited: true }) as object, { value: 1 }),
  () => new Array<number>(1_000),
];

/** Changes a value in place, once: deletes, adds, renames, retypes or moves something anywhere in it. */
export function mutate(value: object, random: Random, others: readonly object[]): void {
  const spots = spotsOf(value as Holder);
  if (spots.length === 0) return;
  // What stands near the top comes first, and matters more.
  const spot = pick(random, random() < 0.3 ? spots.slice(0, 40) : spots);
  pick(random, MUTATIONS)(spot, { random, spots, others });
}

interface Around {
  readonly random: Random;
  readonly spots: readonly Spot[];
  readonly others: readonly object[];
}

/** Without asking a getter. */
const get = ({ holder, key }: Spot): unknown => Object.getOwnPropertyDescriptor(holder, key)?.value;
/** Own fields only, also `__proto__`. */
const set = ({ holder, key }: Spot, value: unknown): unknown =>
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
/** JSON has no shared parts, so that a moved part must not become one. */
const copyOf = (value: unknown): unknown => {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
};

const MUTATIONS: readonly ((spot: Spot, around: Around) => unknown)[] = [
  ({ holder, key }) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
  (spot, { random }) => set(spot, pick(random, HOSTILE)()),
  (spot, { random }) => set(spot, pick(random, HOSTILE)()),
  ({ holder }, { random }) =>
    set({ holder, key: pick(random, ['__proto__', 'constructor', 'extra', 'step', '0']) }, pick(random, HOSTILE)()),
  ({ holder, key }, { random }) => {
    if (Array.isArray(holder)) return (holder as unknown[]).reverse();
    const value = get({ holder, key });
    delete holder[key];
    return set({ holder, key: pick(random, ['__proto__', 'x', 'end', 'gate', 'round']) }, value);
  },
  // Moves: of the same kind they make something that looks right.
  (spot, { random, spots }) => set(spot, copyOf(get(pick(random, spots)))),
  (spot, { random, spots }) => {
    const alike = spots.filter((other) => typeof get(other) === typeof get(spot));
    return set(spot, copyOf(get(pick(random, alike))));
  },
  (spot, { random, spots }) => {
    const alike = spots.filter((other) => other.key === spot.key);
    return set(spot, copyOf(get(pick(random, alike))));
  },
  (spot, { random, others }) => {
    const alike = spotsOf(pick(random, others) as Holder).filter((other) => other.key === spot.key);
    return alike.length > 0 && set(spot, copyOf(get(pick(random, alike))));
  },
  (spot) => {
    const value = get(spot);
    return Array.isArray(value) && value.length > 0 && value.push(copyOf(value[0]));
  },
  (spot, { random }) => {
    const value = get(spot);
    return typeof value === 'number' && set(spot, value + pick(random, [-2, -1, 1, 2, 16, 255, 65_535]));
  },
];

/** Every place in a value, however deep; a shared part or a circle is gone into once. */
function spotsOf(root: Holder): readonly Spot[] {
  const spots: Spot[] = [];
  const seen = new Set<object>([root]);
  const holders: Holder[] = [root];
  for (const holder of holders) {
    for (const key of Object.keys(holder).slice(0, 60)) {
      spots.push({ holder, key });
      const value = Object.getOwnPropertyDescriptor(holder, key)?.value as unknown;
      if (typeof value !== 'object' || value === null || seen.has(value) || isOdd(value) || seen.size > 3_000) continue;
      seen.add(value);
      holders.push(value as Holder);
    }
  }
  return spots;
}

const isOdd = (value: object): boolean => {
  try {
    return !Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype;
  } catch {
    return true;
  }
};
