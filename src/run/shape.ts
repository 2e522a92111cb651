/** Finds what is wrong with a value that came from outside, with its place; undefined if nothing is. */
export type Shape = (value: unknown, path: string) => string | undefined;

/** For whole numbers from `least` on. */
export const whole =
  (least: number): Shape =>
  (value, path) =>
    Number.isSafeInteger(value) && (value as number) >= least
      ? undefined
      : `${path} must be a whole number of ${least} or more`;

export const text: Shape = (value, path) => (typeof value === 'string' ? undefined : `${path} must be a string`);

export const number: Shape = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : `${path} must be a number`;

/** For what a `Date` can hold, in milliseconds since the epoch. */
export const time: Shape = (value, path) =>
  typeof value === 'number' && Math.abs(value) <= 8.64e15 ? undefined : `${path} must be a time in milliseconds`;

export const flag: Shape = (value, path) => (typeof value === 'boolean' ? undefined : `${path} must be true or false`);

/** For whatever is plain data, which is checked before. */
export const anything: Shape = () => undefined;

export const oneOf =
  (...values: readonly unknown[]): Shape =>
  (value, path) =>
    values.includes(value) ? undefined : `${path} must be one of ${values.map(String).join(', ')}`;

export const list =
  (item: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? first(value, (each, at) => item(each, `${path}[${at}]`)) : `${path} must be a list`;

/** For an object with any fields of one shape. */
export const record =
  (field: Shape): Shape =>
  (value, path) =>
    isObject(value)
      ? first(Object.entries(value), ([key, each]) => field(each, `${path}.${key.slice(0, 50)}`))
      : `${path} must be an object`;

/** For an object with these fields and no others; one that `optional` wraps may be absent. */
export const fields =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (value, path) => {
    if (!isObject(value)) return `${path} must be an object`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(shapes, key));
    if (unknown !== undefined) return `${path} has an unknown field "${unknown.slice(0, 50)}"`;
    return first(Object.entries(shapes), ([key, shape]) =>
      shape(Object.hasOwn(value, key) ? value[key] : undefined, `${path}.${key}`),
    );
  };

export const optional =
  (shape: Shape): Shape =>
  (value, path) =>
    value === undefined ? undefined : shape(value, path);

/** For a shape that contains itself. */
export const lazily =
  (shape: () => Shape): Shape =>
  (value, path) =>
    shape()(value, path);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function first<T>(values: readonly T[], wrong: (value: T, index: number) => string | undefined): string | undefined {
  for (let i = 0; i < values.length; i++) {
    const found = wrong(values[i], i);
    if (found !== undefined) return found;
  }
  return undefined;
}
