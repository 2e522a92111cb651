import { Pipeline, Step, Streaming, type RunEvent } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { EVENT_TYPES } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';

type Listen = (type: RunEvent['type'], listener: (event: RunEvent) => void) => unknown;

/** A step that leads to `width` steps side by side, and those to one. */
function wide(width: number, kind: 'step' | 'streaming', tokens = 3): Pipeline<object> {
  const names = Array.from({ length: width }, (_, i) => `w${i}`);
  const body = (name: string): (() => unknown) =>
    kind === 'step'
      ? { [name]() {} }[name]
      : {
          async *[name]() {
            for (let i = 0; i < tokens; i++) yield i;
          },
        }[name];
  const Wide = buildPipeline({
    name: 'Wide',
    extends: Pipeline as never,
    steps: [
      { name: 'split', to: names },
      ...names.map((name) => ({ name, kind, to: 'merge', body: body(name) })),
      { name: 'merge' },
    ],
  }) as unknown as new () => Pipeline<object>;
  return new Wide();
}

/** Reads a run slowly; says how far the producers were ahead at most, and how many steps were alive at once. */
async function readSlowly(pipeline: Pipeline<object>): Promise<{ read: number; lead: number; alive: number }> {
  const run = pipeline.run({});
  let [made, read, lead, now, alive] = [0, 0, 0, 0, 0];
  for (const type of EVENT_TYPES)
    (run.on.bind(run) as Listen)(type, (event) => {
      lead = Math.max(lead, ++made - read);
      if (event.type === 'step-start') alive = Math.max(alive, ++now);
      if (event.type === 'step-end') now--;
    });
  for await (const _ of run) {
    read++;
    if (read % 100 === 0) await sleep(1);
  }
  expect(read).toBe(made);
  return { read, lead, alive };
}

class Counting extends Pipeline<object> {
  made = 0;
  @Streaming()
  async *count(): AsyncGenerator<number> {
    for (let i = 0; i < 300; i++) {
      this.made++;
      yield i;
    }
  }
}

describe('promise 5: back-pressure', () => {
  it('a lone stream that one iterator reads leads by 1 or 2', async () => {
    const counting = new Counting();
    let read = 0;
    let lead = 0;
    for await (const _ of counting.run({}).tokens()) {
      read++;
      if (read % 50 === 0) await sleep(1);
      lead = Math.max(lead, counting.made - read);
    }
    expect(read).toBe(300);
    expect(lead).toBeLessThanOrEqual(2);
  });

  it('the slowest of two iterators holds a lone stream to a lead of 64 and one', async () => {
    const counting = new Counting();
    const run = counting.run({});
    const fast = (async () => {
      for await (const _ of run.tokens());
    })();
    let read = 0;
    let lead = 0;
    for await (const _ of run.tokens()) {
      read++;
      if (read % 50 === 0) await sleep(1);
      lead = Math.max(lead, counting.made - read);
    }
    await fast;
    expect(lead).toBeLessThanOrEqual(65);
    expect(lead).toBeGreaterThan(2);
  });

  it('a slow reader of the option buffer holds producers to that bound', async () => {
    const counting = new Counting();
    const run = counting.run({}, { buffer: 8 });
    const tokens = [run.tokens(), run.tokens()];
    for (const iterator of tokens) await iterator.next();
    await sleep(5);
    expect(counting.made).toBeLessThanOrEqual(10);
    for (const iterator of tokens) await iterator.return?.();
  });

  it('500 streams side by side with a slow reader don’t dead-lock; the lead stays within 64 and one per live stream', async () => {
    const { read, lead, alive } = await readSlowly(wide(500, 'streaming'));
    // run-start, run-end, join; start and end of 502 steps; 3 tokens of 500
    expect(read).toBe(3 + 2 * 502 + 1_500);
    expect(lead).toBeLessThanOrEqual(64 + alive);
    expect(alive).toBeLessThan(500);
  });

  it('500 plain steps side by side with a slow reader don’t dead-lock', async () => {
    const { read, lead } = await readSlowly(wide(500, 'step'));
    expect(read).toBe(3 + 2 * 502);
    // The end of a step that has begun is a control event, which never waits.
    expect(lead).toBeLessThanOrEqual(2 * 64 + 2);
  });

  it('a reader that stands still holds the beginning of new bodies: 500 steps begin only as far as the lead (E.4)', async () => {
    const run = wide(500, 'step').run({});
    let begun = 0;
    run.on('step-start', () => begun++);
    const events = run[Symbol.asyncIterator]();
    await events.next();
    await sleep(10);
    expect(begun).toBeLessThanOrEqual(64);
    await events.return?.();
    expect((await run.result).status).toBe('cancelled');
  });

  it('an iterator that leaves lets go whoever it held', async () => {
    const run = wide(200, 'streaming').run({});
    const still = run.events({ leave: 'detach' });
    await still.next();
    await sleep(5);
    await still.return?.();
    expect((await run.result).status).toBe('success');
  });

  it('a reader of one step’s tokens is not held up by those of another', async () => {
    class Two extends Pipeline<object> {
      @Step({ to: ['loud', 'quiet'] })
      split(): void {}
      @Streaming()
      async *loud(): AsyncGenerator<string> {
        for (let i = 0; i < 1_000; i++) yield '!';
      }
      @Streaming()
      async *quiet(): AsyncGenerator<number> {
        await sleep(5);
        yield 1;
      }
    }
    const read: number[] = [];
    for await (const token of new Two().run({}).tokens('quiet')) read.push(token);
    expect(read).toEqual([1]);
  });
});
