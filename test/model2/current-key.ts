import { AsyncLocalStorage } from 'node:async_hooks';

/** The key of the activation in which a body runs: bodies can't see it, and have to know which of many they are. */
export const currentKey = new AsyncLocalStorage<string>();

/** B.6: what the last segment of a key says. */
export function visitOf(key: string): { readonly visit: number; readonly index?: number } {
  const [, visit = '1', index] = /(?:#(\d+))?(?:\[(\d+)\])?$/.exec(key)!;
  return { visit: Number(visit), ...(index !== undefined && { index: Number(index) }) };
}
