import fc from 'fast-check';
import { it } from 'vitest';
import { arbitraryGraph } from './arbitrary-graph.js';
import { ModelRun } from './model-run.js';
import { tell } from './model-told.js';
import { randomFrom, someOf } from './random.js';
it('stat', () => {
  const t0 = performance.now();
  const samples = fc.sample(arbitraryGraph(), { numRuns: 1000, seed: 1 });
  const t1 = performance.now();
  let visits = 0,
    again = 0,
    maxed = 0,
    keys = 0,
    segs = 0,
    nested = 0,
    reports = 0;
  const runs: number[] = [];
  for (const g of samples) {
    const random = randomFrom(1);
    const t = performance.now();
    const run = new ModelRun(g);
    for (;;) {
      if (run.status === 'running') {
        reports++;
        run.take(someOf(run.inFlight(), random));
      } else if (run.status === 'suspended') {
        segs++;
        run.resume(someOf(run.suspended(), random));
      } else break;
    }
    runs.push(performance.now() - t);
    const told = tell(run);
    for (const l of Object.values(told.ledger)) {
      visits += l.visits.length;
      if (l.visits.length > 1) again++;
    }
    if (run.root.failure?.fatal && !run.root.conflict) maxed++;
    keys += run.starts.flat().length;
    nested += run.starts.flat().filter((k) => k.includes('/')).length;
  }
  console.log({
    gen: t1 - t0,
    run: runs.reduce((a, b) => a + b),
    worst: Math.max(...runs),
    visits,
    again,
    maxed,
    keys,
    segs,
    nested,
    reports,
  });
});
it('why', () => {
  const why = new Map<string, number>();
  const c = (k: string) => why.set(k, (why.get(k) ?? 0) + 1);
  for (const g of fc.sample(arbitraryGraph(), { numRuns: 1000, seed: 1 })) {
    const random = randomFrom(1);
    const run = new ModelRun(g);
    while (run.status === 'running' || run.status === 'suspended')
      run.status === 'running' ? run.take(someOf(run.inFlight(), random)) : run.resume(someOf(run.suspended(), random));
    c('size ' + g.steps.length);
    c(
      run.status +
        (run.root.stopped ? ' stopped' : '') +
        (run.root.conflict
          ? ' conflict'
          : run.root.failure?.fatal
            ? ' max'
            : run.root.failure
              ? ' ' + (g.steps.find((s) => s.name === run.root.failure!.step)!.kind ?? 'step')
              : ''),
    );
  }
  console.log(why);
});
import { show } from './show.js';
it('maxed', () => {
  let n = 0;
  for (const g of fc.sample(arbitraryGraph(), { numRuns: 1000, seed: 1 })) {
    const random = randomFrom(1);
    const run = new ModelRun(g);
    while (run.status === 'running' || run.status === 'suspended')
      run.status === 'running' ? run.take(someOf(run.inFlight(), random)) : run.resume(someOf(run.suspended(), random));
    if (run.root.failure?.fatal && !run.root.conflict && g.steps.length < 6 && n++ < 8)
      console.log(show(g), run.root.failure, g.maxVisits);
  }
});
