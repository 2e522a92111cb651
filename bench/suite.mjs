/** Measures stepstream beside hand-written code, interleaved in one process, on the built package. Prints one JSON. */
import { chains, eaches, fanOuts, loops, tokens } from './workloads.mjs';
import { firstToken, inFlight, slowConsumer } from './readings.mjs';

const rounds = Number(process.argv[2] ?? 25);

/** Laps of one workload, hand-written and ours by turns; the minimum is the least disturbed, the median the usual. */
async function compare(workload) {
  const laps = Object.fromEntries(Object.keys(workload.variants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, lap] of Object.entries(workload.variants)) {
      await new Promise((resolve) => setImmediate(resolve));
      const begun = performance.now();
      await lap();
      laps[name].push(((performance.now() - begun) * 1e6) / workload.items);
    }
  }
  const summary = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    return { min: Math.round(sorted[0]), median: Math.round(sorted[sorted.length >> 1]) };
  };
  const nanoseconds = Object.fromEntries(Object.entries(laps).map(([name, values]) => [name, summary(values)]));
  const { hand, ...ours } = nanoseconds;
  const ratios = Object.fromEntries(
    Object.entries(ours).map(([name, { min, median }]) => [
      name,
      { min: +(min / hand.min).toFixed(2), median: +(median / hand.median).toFixed(2) },
    ]),
  );
  return { name: workload.name, target: workload.target, unit: `ns per ${workload.unit}`, nanoseconds, ratios };
}

const compared = [];
for (const workload of [...tokens, ...chains, ...fanOuts, ...eaches, ...loops]) compared.push(await compare(workload));
const readings = { firstToken: await firstToken(), inFlight: await inFlight(), slowConsumer: await slowConsumer() };
console.log(JSON.stringify({ node: process.version, rounds, compared, readings }));
