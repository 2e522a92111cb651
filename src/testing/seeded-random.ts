/** Numbers from 0 to below 1. */
export type Random = () => number;

/** Numbers that follow from the seed alone, the same on every machine. */
export function randomOf(seed: string): Random {
  let a = hash(seed);
  // mulberry32
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** FNV-1a, so that neighbouring seeds have nothing in common. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}

/** One of the items. */
export const oneOf = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)];

/** A part of the items, at least one, in any order; one alone as often as several. */
export function someOf<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const size = random() < 0.5 ? 1 : 1 + Math.floor(random() * rest.length);
  return Array.from({ length: size }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]);
}
