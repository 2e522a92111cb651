import { isDeepStrictEqual } from 'node:util';

/** Where two plain values differ, in words; nothing if they are equal. */
export function differences(is: unknown, shouldBe: unknown, where: string): string[] {
  if (isDeepStrictEqual(is, shouldBe)) return [];
  if (!isObject(is) || !isObject(shouldBe)) return [`${where} is ${show(is)}, and should be ${show(shouldBe)}`];
  const inside = [...new Set([...Object.keys(is), ...Object.keys(shouldBe)])].flatMap((key) =>
    differences(is[key], shouldBe[key], `${where}.${key}`),
  );
  return inside.length > 0 ? inside : [`${where} is ${show(is)}, and should be ${show(shouldBe)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const show = (value: unknown): string => String(JSON.stringify(value)).slice(0, 700);
