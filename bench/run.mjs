/** Runs the suite on this Node and on those named in NODES (paths, separated by colons), and prints a table for each. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const suite = fileURLToPath(new URL('suite.mjs', import.meta.url));
const nodes = [process.execPath, ...(process.env.NODES ?? '').split(':').filter(Boolean)];
const rounds = process.argv[2] ?? '25';

for (const node of nodes) {
  const {
    node: version,
    compared,
    readings,
  } = JSON.parse(execFileSync(node, ['--expose-gc', suite, rounds], { encoding: 'utf8', maxBuffer: 1e8 }));
  console.log(`\n### Node ${version.slice(1)}, ${rounds} rounds (ratio to hand-written code: minima, medians)\n`);
  console.log('| workload | variant | ns | ratio (min) | ratio (median) | target |');
  console.log('|---|---|---|---|---|---|');
  for (const { name, target, nanoseconds, ratios } of compared) {
    console.log(`| ${name} | hand-written | ${nanoseconds.hand.min} | | | |`);
    for (const [variant, { min, median }] of Object.entries(ratios))
      console.log(`| | ${variant} | ${nanoseconds[variant].min} | ${min} | ${median} | ${target} |`);
  }
  const { firstToken, inFlight, slowConsumer } = readings;
  console.log(
    `\n- first token: p50 ${firstToken.p50.ours} µs, hand-written ${firstToken.p50.hand} µs, ratio ${firstToken.p50.ratio} (target ${firstToken.target}); p99 ${firstToken.p99.ours} µs, ${firstToken.p99.hand} µs`,
  );
  console.log(
    `- 10,000 runs in flight: ${inFlight.ours.ms} ms, hand-written ${inFlight.hand.ms} ms; heap ${inFlight.ours.bytesPerRun} bytes a run, hand-written ${inFlight.hand.bytesPerRun} (target ${inFlight.target})`,
  );
  console.log(
    `- slow consumer, lead: lone stream ${slowConsumer.lone}, three streams ${slowConsumer.three} (target ${slowConsumer.target})`,
  );
}
