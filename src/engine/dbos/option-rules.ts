/** What options of an engine must be, in words and as a test: for `checkOptions`. */
export const RULE = {
  count: ['a whole number above 0', (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0],
  callable: ['a function', (value: unknown): boolean => typeof value === 'function'],
  list: ['a list', (value: unknown): boolean => Array.isArray(value)],
  /** It is known here; whether it can be used is looked at where it is understood. */
  known: ['anything', (): boolean => true],
} as const;
