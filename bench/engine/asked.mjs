/** Sums of what processes have asked their database: see lap.mjs. */

/** All of several. */
export function sumOf(all) {
  const sum = { cpu: 0, of: {} };
  for (const { cpu, of } of all) {
    sum.cpu += cpu;
    for (const [label, counts] of Object.entries(of))
      sum.of[label] = (sum.of[label] ?? [0, 0, 0]).map((count, i) => count + counts[i]);
  }
  return sum;
}

/** For each of so many, what is not asked by a worker that has nothing to do too; `ms` is how long it has taken. */
export function shareOf({ cpu, of }, count, ms = 0, idle = { cpu: 0, ms: 1, of: {} }) {
  // A look at a queue while there are as many runs as may be is an empty transaction.
  const own = Object.entries(of).filter(([label]) => !(label in idle.of) && label !== 'nothing');
  const sum = (i) => own.reduce((total, [, counts]) => total + counts[i], 0) / count;
  const texts = own.map(([label, [times, statements]]) => [label, times / count, statements / times]);
  return { statements: sum(1), commits: sum(2), cpu: (cpu - (ms * idle.cpu) / idle.ms) / count, texts };
}
