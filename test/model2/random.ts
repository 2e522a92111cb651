/** Numbers from 0 to below 1 that follow from the seed alone (mulberry32). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A part of the items, at least one, in any order; one alone as often as several. */
export function someOf<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const size = random() < 0.5 ? 1 : 1 + Math.floor(random() * rest.length);
  return Array.from({ length: size }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]);
}
