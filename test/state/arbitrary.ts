import fc from 'fast-check';

const HOSTILE = ['__proto__', 'constructor', 'toString', ''];

const tree = fc.letrec<{ any: unknown; list: unknown[]; object: Record<string, unknown> }>((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, fc.constantFrom(0, 1, 2.5, 'x', 'y', null, true, false), tie('list'), tie('object')),
  list: fc.array(tie('any'), { maxLength: 5 }),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '0', ...HOSTILE), tie('any'), { noNullPrototype: true }),
}));

/** Any state: a few keys, so that two of them often meet, hostile ones among them. */
export const anyState = tree.object;
/** Any plain value. */
export const anyValue = tree.any;

/** One thing that a body may do to an object somewhere in its state; `where` chooses the place among all there are. */
export interface Operation {
  readonly kind: 'set' | 'delete' | 'push' | 'shift' | 'edit' | 'clear' | 'spread' | 'self';
  readonly where: number;
  readonly key: string;
  readonly value: unknown;
}

export const anyOperation: fc.Arbitrary<Operation> = fc.record(
  {
    kind: fc.constantFrom<Operation['kind']>(
      'set',
      'set',
      'delete',
      'push',
      'push',
      'shift',
      'edit',
      'clear',
      'spread',
      'self',
    ),
    where: fc.nat(1_000),
    key: fc.constantFrom('a', 'b', 'c', '0', ...HOSTILE),
    value: anyValue,
  },
  { noNullPrototype: true },
);

/** Does it, the same to a draft and to an ordinary copy. */
export function operate(root: object, { kind, where, key, value }: Operation): void {
  const places = collect(root, []);
  const at = places[where % places.length] as Record<string, unknown>;
  const fresh = structuredClone(value);
  if (Array.isArray(at)) {
    if (kind === 'push') at.push(fresh);
    else if (kind === 'shift') at.shift();
    else if (kind === 'clear') at.length = 0;
    else if (at.length > 0) at[where % at.length] = fresh;
  } else if (kind === 'delete') delete at[key];
  else if (kind === 'clear') for (const name of Object.keys(at)) delete at[name];
  else if (kind === 'spread') put(at, key, { ...at, extra: fresh });
  else if (kind === 'self') put(at, key, structuredClone(at));
  else put(at, key, fresh);
}

function put(target: object, key: string, value: unknown): void {
  if (key === '__proto__' && !Object.hasOwn(target, key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else (target as Record<string, unknown>)[key] = value;
}

function collect(value: unknown, into: object[]): object[] {
  if (typeof value !== 'object' || value === null) return into;
  into.push(value);
  // By sorted keys: the same place in two equal values, whatever the order of their keys.
  for (const key of Object.keys(value).sort()) collect((value as Record<string, unknown>)[key], into);
  return into;
}
