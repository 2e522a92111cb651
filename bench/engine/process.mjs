/** A worker or a client in a process of its own: see child.mjs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from './child.mjs';
import { askedSince, askedSoFar, expect, jobsSoFar, now } from './lap.mjs';

const engine = await import(process.argv[2] === 'ours' ? './ours.mjs' : './raw-dbos.mjs');
let stop;
let marked;

/** What was asked, and how long it took. */
async function counted(work) {
  const before = { at: now(), ...askedSoFar() };
  const result = await work();
  return { result, ms: now() - before.at, ...askedSince(before) };
}

/** How long tokens have taken, and how many came in a second. */
async function tokens(given) {
  const delays = [];
  let [first, last] = [0, 0];
  await engine.read(given, ({ at }) => {
    last = now();
    first ||= last;
    delays.push(last - at);
  });
  delays.sort((a, b) => a - b);
  const part = (share) => delays[Math.floor(delays.length * share)];
  return { count: delays.length, rate: (delays.length / (last - first)) * 1000, p50: part(0.5), p99: part(0.99) };
}

answer({
  work: async (given) => void (stop = await engine.work(given)),
  expect,
  jobs: jobsSoFar,
  mark: () => void (marked = askedSoFar()),
  since: () => askedSince(marked),
  look: (ms) => counted(() => sleep(ms)),
  start: (given) => counted(() => engine.start(given)),
  tokens,
  close: () => stop?.(),
});
