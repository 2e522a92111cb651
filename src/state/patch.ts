import { isEqual } from './equal.js';
import { toPlain } from './plain.js';

/** One RFC 6902 operation. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  /** Not of `remove`. */
  readonly value?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Tells what makes one version of the state the next one, in operations that are applied in their order. */
export function toPatch(before: object, after: object): PatchOperation[] {
  const patch: PatchOperation[] = [];
  patchFields('', before as Fields, after as Fields, patch);
  for (const operation of patch) Object.freeze(operation);
  return patch;
}

function patchValue(path: string, before: unknown, after: unknown, patch: PatchOperation[]): void {
  // Versions share what no commit has touched, so most of the state ends here.
  if (before === after) return;
  if (typeof before === 'object' && before !== null && typeof after === 'object' && after !== null) {
    const isArray = Array.isArray(before);
    if (isArray && Array.isArray(after)) return patchArray(path, before, after, patch);
    if (!isArray && !Array.isArray(after)) return patchFields(path, before as Fields, after as Fields, patch);
  }
  patch.push(withValue('replace', path, after));
}

function patchFields(path: string, before: Fields, after: Fields, patch: PatchOperation[]): void {
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) patch.push({ op: 'remove', path: toPointer(path, key) });
  }
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) patchValue(toPointer(path, key), before[key], after[key], patch);
    else patch.push(withValue('add', toPointer(path, key), after[key]));
  }
}

/** Leaves the equal beginning and end alone, so that a `shift` is one removal and not a replacement of everything. */
function patchArray(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
  patch: PatchOperation[],
): void {
  let start = 0;
  let was = before.length;
  let is = after.length;
  if (was !== is) {
    while (start < was && start < is && isEqual(before[start], after[start])) start++;
    while (was > start && is > start && isEqual(before[was - 1], after[is - 1])) {
      was--;
      is--;
    }
  }
  const both = Math.min(was, is);
  for (let i = start; i < both; i++) patchValue(`${path}/${i}`, before[i], after[i], patch);
  for (let i = was - 1; i >= both; i--) patch.push({ op: 'remove', path: `${path}/${i}` });
  for (let i = both; i < is; i++) patch.push(withValue('add', `${path}/${i}`, after[i]));
}

/** Listeners get a copy that they can't write: the versions themselves must never change. */
function withValue(op: 'add' | 'replace', path: string, value: unknown): PatchOperation {
  return { op, path, value: toPlain(value, `patch${path}`) };
}

function toPointer(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
