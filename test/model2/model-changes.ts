import type { Write } from './model-graph.js';

/** One difference; `grow` is what an array got at its end. */
export type ModelChange =
  | { readonly op: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'delete'; readonly path: readonly string[] }
  | { readonly op: 'grow'; readonly path: readonly string[]; readonly value: readonly unknown[] };

type Fields = Record<string, unknown>;

/** Whether a write at this path would reach something that can take it. */
export function canPerform(write: Write, state: unknown): boolean {
  const parent = write.path.slice(0, -1).reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], state);
  if (typeof parent !== 'object' || parent === null) return false;
  const old = (parent as Fields)[write.path[write.path.length - 1]];
  if (Array.isArray(parent) && (old === undefined || write.op === 'delete')) return false;
  if (write.op === 'inc') return typeof old === 'number';
  if (write.op === 'say') return typeof old === 'string';
  return write.op !== 'push' || Array.isArray(old);
}

/** Does the writes to this very object, as a body would; what can't be done in this state is left out. */
export function perform<S>(writes: readonly Write[], state: S): S {
  for (const write of writes) {
    if (!canPerform(write, state)) continue;
    const parent = write.path.slice(0, -1).reduce<unknown>((value, key) => (value as Fields)[key], state) as Fields;
    const key = write.path[write.path.length - 1];
    if (write.op === 'set') parent[key] = copyOf(write.value);
    else if (write.op === 'inc') parent[key] = (parent[key] as number) + 1;
    else if (write.op === 'say') parent[key] = (parent[key] as string) + write.value;
    else if (write.op === 'push') (parent[key] as unknown[]).push(copyOf(write.value));
    else delete parent[key];
  }
  return state;
}

/** A deep copy of plain data; `structuredClone` takes ten times as long for small values. */
export function copyOf<T>(value: T): T {
  if (isArray(value)) return value.map((item) => copyOf(item)) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyOf(field)])) as T;
}

const isArray = (value: unknown): value is unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !isArray(value);
const same = (a: unknown, b: unknown): boolean => changesBetween(a, b, []).length === 0;

/** A.3: what differs, by comparing values. */
export function changesBetween(before: unknown, after: unknown, path: readonly string[]): ModelChange[] {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key): ModelChange[] => {
      const here = [...path, key];
      if (!(key in after)) return [{ op: 'delete', path: here }];
      if (!(key in before)) return [{ op: 'set', path: here, value: after[key] }];
      return changesBetween(before[key], after[key], here);
    });
  }
  if (isArray(before) && isArray(after)) {
    const old = before.length;
    if (after.length === old) return after.flatMap((item, i) => changesBetween(before[i], item, [...path, String(i)]));
    if (after.length > old && before.every((item, i) => same(item, after[i]))) {
      return [{ op: 'grow', path, value: after.slice(old) }];
    }
    return [{ op: 'set', path, value: after }];
  }
  return before === after ? [] : [{ op: 'set', path, value: after }];
}

/** Whether two changes are of one path, or one is above the other; growth leaves what is below it alone. */
export function meets(mine: ModelChange, other: ModelChange): boolean {
  const [upper, lower] = mine.path.length <= other.path.length ? [mine, other] : [other, mine];
  if (upper.path.some((key, i) => key !== lower.path[i])) return false;
  return upper.path.length === lower.path.length || upper.op !== 'grow';
}

/** A.3: whether two parallel changes can't both be kept. */
export function clash(mine: ModelChange, other: ModelChange): boolean {
  if (!meets(mine, other)) return false;
  if (mine.path.length !== other.path.length) return true;
  if (mine.op === 'set' && other.op === 'set') {
    return mine.value !== other.value || (mine.value !== null && typeof mine.value !== 'boolean');
  }
  return mine.op !== other.op;
}

/** Makes the changes to this very object. */
export function apply(changes: readonly ModelChange[], state: Readonly<Fields>): Fields {
  for (const change of changes) {
    const parent = change.path.slice(0, -1).reduce<unknown>((value, key) => (value as Fields)[key], state) as Fields;
    const key = change.path[change.path.length - 1];
    if (change.op === 'set') parent[key] = copyOf(change.value);
    else if (change.op === 'delete') delete parent[key];
    else (parent[key] as unknown[]).push(...copyOf(change.value));
  }
  return state;
}
