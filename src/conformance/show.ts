/** A value as text in which equal plain data is equal text: fields in order, absent and `undefined` ones alike. */
export const show = (value: unknown): string => (value === undefined ? 'undefined' : JSON.stringify(value, inOrder));

function inOrder(this: unknown, _key: string, value: unknown): unknown {
  if (value === undefined) return Array.isArray(this) ? '(undefined)' : undefined;
  if (typeof value === 'number' && !Number.isFinite(value)) return `(${value})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
