/**
 * A value as a checkpoint holds it: JSON has no `undefined`, which is a whole output, or the result of an item in the
 * output of an each.
 */
export type StoredValue =
  { readonly value?: unknown; readonly list?: undefined } | { readonly list: readonly StoredItem[] };

type StoredItem = readonly [] | readonly [unknown];

/** Writes a value so that JSON keeps it. */
export function toStored(value: unknown): StoredValue {
  if (value === undefined) return {};
  if (!Array.isArray(value) || !value.includes(undefined)) return { value };
  return { list: value.map((item: unknown): StoredItem => (item === undefined ? [] : [item])) };
}

/** Reads what `toStored` has written, frozen as outputs are. */
export function fromStored(stored: StoredValue): unknown {
  return stored.list === undefined ? stored.value : Object.freeze(stored.list.map(([item]) => item));
}
