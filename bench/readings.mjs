import { chatbotOf, classOf, model } from './classes.mjs';

const collect = () => {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
};

/** From `run()` to the first token in the consumer's hands, beside a hand-written generator; microseconds. */
export async function firstToken() {
  const bot = new (chatbotOf(3))();
  const start = async () => undefined;
  // The same two steps by hand: start is awaited, and the model's tokens are passed on as events.
  async function* hand() {
    await start();
    for await (const value of model(3)) yield { type: 'token', value };
  }
  const times = { hand: [], ours: [] };
  const first = async (iterable) => {
    const begun = performance.now();
    let time;
    // Read to the end: what leaving a loop costs is not asked here.
    for await (const event of iterable()) if (event.type === 'token') time ??= performance.now() - begun;
    return time;
  };
  for (let i = 0; i < 15_000; i++) {
    times.hand.push(await first(hand));
    times.ours.push(await first(() => bot.run({})));
  }
  const at = (values, part) =>
    +([...values.slice(5000)].sort((a, b) => a - b)[Math.floor(10_000 * part)] * 1000).toFixed(2);
  const [hand50, ours50] = [at(times.hand, 0.5), at(times.ours, 0.5)];
  return {
    target: 7,
    p50: { hand: hand50, ours: ours50, ratio: +(ours50 / hand50).toFixed(2) },
    p99: { hand: at(times.hand, 0.99), ours: at(times.ours, 0.99) },
  };
}

/** 10,000 runs that all wait in their only step: wall time from the first `run()` to the last result, heap per run. */
export async function inFlight(count = 10_000) {
  let open;
  let gate;
  const waiting = classOf('Waiting', { wait: { body: async () => gate } });
  const pipeline = new waiting();
  const lap = async (start) => {
    gate = new Promise((resolve) => (open = resolve));
    const before = collect();
    const begun = performance.now();
    const results = Array.from({ length: count }, start);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const busy = performance.now() - begun - 20;
    const heap = (collect() - before) / count;
    const released = performance.now();
    open();
    await Promise.all(results);
    return { ms: +(busy + performance.now() - released).toFixed(1), bytesPerRun: Math.round(heap) };
  };
  const hand = () => lap(async () => void (await gate));
  const ours = () => lap(() => pipeline.run({}).result);
  await hand();
  await ours();
  return { target: '5,120 bytes a run', hand: await hand(), ours: await ours() };
}

/** How far a generator gets ahead of a consumer that takes a millisecond for every token. */
export async function slowConsumer() {
  let made = 0;
  const streaming = (count) => ({
    streaming: true,
    body: async function* () {
      for (let i = 0; i < count; i++) {
        made++;
        yield 'x';
      }
    },
  });
  const leadOf = async (pipeline) => {
    made = 0;
    let read = 0;
    let lead = 0;
    for await (const event of pipeline.run({})) {
      if (event.type !== 'token') continue;
      lead = Math.max(lead, made - ++read);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return lead;
  };
  const lone = new (classOf('Lone', { speak: streaming(200) }))();
  const three = new (classOf('Three', {
    begin: { body: () => undefined, to: ['a', 'b', 'c'] },
    a: streaming(100),
    b: streaming(100),
    c: streaming(100),
  }))();
  return { target: 'lone 1 or 2, several 64 + live streams', lone: await leadOf(lone), three: await leadOf(three) };
}
