import type { Shape } from './create-shape.js';

/**
 * Which steps may run several times in one round: those with one forward edge that comes out of a loop, and those
 * behind them (C.4). A join waits for all of it, and a header begins a round of its own loop each time.
 */
export function findRepeats(
  { forward, inner, loops, loopOf }: Shape,
  joins: readonly ('all' | 'any' | undefined)[],
): readonly boolean[] {
  const repeats = joins.map(() => false);
  if (loops.length === 0) return repeats;
  forward.parents.forEach(([parent], step) => {
    const loop = loopOf[step];
    const isHeader = loop !== undefined && loops[loop].header === step;
    // In plan order, so it is known of the parent.
    if (parent !== undefined && joins[step] === undefined && !isHeader)
      repeats[step] = repeats[parent] || !inner[parent].includes(step);
  });
  return repeats;
}
