// Runs 200,000 runs in sequence, twice: awaiting the result, and iterating. Fails if the heap after garbage collection
// grows by 3 MB or more after the first 1,000. Start: node --expose-gc --import tsx test/soak/memory.mts
import { setImmediate as turn } from 'node:timers/promises';
import { Pipeline, Step, Streaming, type Ctx, type Run } from '../../src/index.js';

const RUNS = Number(process.env.SOAK_RUNS ?? 200_000);
const WARM_UP = 1_000;
const LIMIT = 3 * 1024 * 1024;

class Sample extends Pipeline<{ n: number; messages: string[] }> {
  @Step({ to: 'speak' })
  begin({ state }: Ctx<this>): number {
    state.messages.push('hello');
    return state.n;
  }
  @Streaming()
  async *speak({ state }: Ctx<this>): AsyncGenerator<string> {
    yield 'a';
    yield 'b';
    state.n++;
  }
}

const ways: Record<string, (run: Run<Sample>) => Promise<unknown>> = {
  'await run.result': (run) => run.result,
  'for await of run': async (run) => {
    for await (const _ of run);
  },
  'break in mid-stream': async (run) => {
    for await (const _ of run.tokens()) break;
  },
};

async function heap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await turn();
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}

if (!globalThis.gc) throw new Error('start it with node --expose-gc');
const sample = new Sample();
for (const [way, consume] of Object.entries(ways)) {
  let before = 0;
  for (let i = 0; i < RUNS; i++) {
    if (i === WARM_UP) before = await heap();
    await consume(sample.run({ n: i, messages: [] }));
  }
  const grown = (await heap()) - before;
  process.stdout.write(`${way}: ${RUNS} runs, heap grew by ${(grown / 1024 / 1024).toFixed(2)} MB\n`);
  if (grown >= LIMIT) process.exitCode = 1;
}
