import { setTimeout as sleep } from 'node:timers/promises';
import { observe } from 'stepstream';
import { Bar } from './bar.js';
import { Kitchen } from './kitchen.js';
import { countEverything } from './metrics.js';

// Observers see the events of all runs of the process. Whatever they do, no run waits for them or fails with them.
const counts = countEverything();

// A slow one: its events wait in a queue of two, and the oldest are dropped when more come.
let dropped = 0;
observe({ onEvent: () => sleep(10), onDrop: (count) => (dropped += count) }, { queue: 2 });

// A broken one: what it throws is itself an event. Whoever observes can stop.
const stopObserving = observe(() => {
  throw new Error('the disk is full');
});

const kitchen = new Kitchen();
const bar = new Bar();
bar.once('observer-error', ({ error, during }) => console.log(`at ${during} an observer fails: ${error.message}`));

await Promise.all([
  kitchen.run({ dish: 'soup' }).result,
  kitchen.run({ dish: 'soufflé' }, { throwOnFailure: false }).result,
  bar.run({ drink: 'wine' }).result,
]);
stopObserving();
await bar.run({ drink: 'tea' }).result;

for (const [name, count] of [...counts].sort()) console.log(`${count} ${name}`);
await sleep(50);
console.log(dropped > 0 ? 'The slow observer has missed something, and was told so.' : 'Nobody has missed anything.');
