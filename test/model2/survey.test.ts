import fc from 'fast-check';
import { it } from 'vitest';
import { arbitraryGraph } from './arbitrary-graph.js';
import { FEATURES, type Feature } from './arbitrary-draft.js';
import { compareRun } from './compare-run.js';
import { runGraph } from './run-graph.js';
import { show } from './show.js';
it('survey', async () => {
  const features = (process.env.F?.split(',') ?? [...FEATURES]) as Feature[];
  const kinds = new Map<string, { n: number; size: number; example: string; message: string }>();
  const samples = fc.sample(fc.tuple(arbitraryGraph(features), fc.nat()), {
    numRuns: Number(process.env.N ?? 1000),
    seed: Number(process.env.S ?? 1),
  });
  let ok = 0;
  for (const [graph, seed] of samples) {
    try {
      compareRun(
        await Promise.race([
          runGraph(graph, seed),
          new Promise<never>((_, no) => setTimeout(() => no(new Error('hangs')), 3000)),
        ]),
      );
      ok++;
    } catch (e) {
      const err = e as Error;
      const at = (err.stack ?? '')
        .split('\n')
        .filter((l) => l.includes('test/model') && !l.includes(' same '))
        .slice(0, 2)
        .map((l) => l.trim().replace(/.*test\/model2?\//, ''))
        .join(' < ');
      const diff =
        (err as any).actual === undefined
          ? err.message.slice(0, 80)
          : diffKeys((err as any).actual, (err as any).expected);
      const key = (at + ' | ' + diff).slice(0, 200);
      const example = JSON.stringify([graph, seed]);
      const text = show(graph) + '\n seed ' + seed + ' maxVisits ' + graph.maxVisits;
      const old = kinds.get(key);
      const message =
        (err as any).actual === undefined
          ? (err.stack ?? '').slice(0, 1500)
          : detail((err as any).actual, (err as any).expected);
      if (!old) kinds.set(key, { n: 1, size: example.length, example: text, message });
      else {
        old.n++;
        if (example.length < old.size) Object.assign(old, { size: example.length, example: text, message });
      }
    }
  }
  console.log('ok', ok, 'of', samples.length);
  for (const [k, v] of [...kinds].sort((a, b) => b[1].n - a[1].n).slice(0, Number(process.env.K ?? 6)))
    console.log('#####', v.n, k, '\n' + v.message, '\n' + v.example);
}, 600000);
const plainObj = (a: any) => a && typeof a === 'object' && !Array.isArray(a);
function diffKeys(a: any, b: any): string {
  if (plainObj(a) && plainObj(b))
    return Object.keys({ ...a, ...b })
      .filter((k) => JSON.stringify(a[k]) !== JSON.stringify(b[k]))
      .join(',');
  return (JSON.stringify(a) + ' vs ' + JSON.stringify(b)).slice(0, 100);
}
function detail(a: any, b: any): string {
  if (plainObj(a) && plainObj(b))
    return Object.keys({ ...a, ...b })
      .filter((k) => JSON.stringify(a[k]) !== JSON.stringify(b[k]))
      .map((k) => `${k}\n   real ${JSON.stringify(a[k])}\n  model ${JSON.stringify(b[k])}`)
      .join('\n');
  return `real ${JSON.stringify(a)}\nmodel ${JSON.stringify(b)}`;
}
