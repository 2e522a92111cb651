import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MisuseError, Pipeline, Step, Streaming } from 'stepstream';
import { describe, expect, it, vi } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

type Empty = Record<string, never>;

describe('10,000 runs that wait for one slot', () => {
  it('all end, though the bodies of all but the first end at once (F.5, promise 2)', async () => {
    let calls = 0;
    class Narrow extends Pipeline<Empty> {
      @Step({ concurrency: 1 })
      work(): Promise<void> | void {
        if (++calls === 1) return sleep(50);
      }
    }
    const narrow = new Narrow();
    const outcomes = await Promise.all(Array.from({ length: 10_000 }, () => outcomeOf(narrow.run({}))));
    expect(outcomes.filter(({ status }) => status !== 'success').map(({ error }) => error?.message)).toEqual([]);
    expect(calls).toBe(10_000);
  });
});

describe('a time that timers can not count', () => {
  class Sample extends Pipeline<Empty> {
    @Step()
    work(): void {}
  }

  it('is refused as the timeout of a run, and the longest allowed is named (F.4)', async () => {
    const sample = new Sample();
    const month = 30 * 24 * 3_600 * 1_000;
    expect(() => sample.run({}, { timeout: month })).toThrow(MisuseError);
    expect(() => sample.run({}, { timeout: month })).toThrow(/timeout.*2147483647/);
    expect((await sample.run({}, { timeout: 2_147_483_647 }).result).status).toBe('success');
  });

  it('makes a retry wait as long as can be, not ring at once (D.3)', async () => {
    vi.useFakeTimers();
    try {
      let calls = 0;
      class Backing extends Pipeline<Empty> {
        @Step({ retry: { attempts: 4, delay: 1, backoff: 1e10 } })
        work(): void {
          calls++;
          throw new Error('busy');
        }
      }
      const run = new Backing().run({});
      const delays: number[] = [];
      run.on('step-retry', ({ delay }) => void delays.push(delay));
      await vi.advanceTimersByTimeAsync(1);
      expect({ calls, delays }).toEqual({ calls: 2, delays: [1, 2_147_483_647] });
      await vi.advanceTimersByTimeAsync(2_147_483_646);
      expect(calls).toBe(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(calls).toBe(3);
      await run.cancel();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a stream without any input or output that nobody reads', () => {
  class Endless extends Pipeline<Empty> {
    made = 0;
    @Streaming()
    async *count(): AsyncGenerator<number> {
      for (;;) yield ++this.made;
    }
  }

  it('lets the timeout of its run ring (F.4, promise 2)', { timeout: 5_000 }, async () => {
    const { status, ledger } = await outcomeOf(new Endless().run({}, { timeout: 50 }));
    expect(status).toBe('timeout');
    expect(ledger.count.status).toBe('cancelled');
  });

  it('lets a timer cancel it, and makes nothing more after that (F.1)', { timeout: 5_000 }, async () => {
    const endless = new Endless();
    const run = endless.run({});
    await sleep(30);
    await run.cancel();
    const { made } = endless;
    await sleep(10);
    expect((await run.result).status).toBe('cancelled');
    expect(endless.made).toBe(made);
  });

  it('keeps none of its tokens in memory (E.2)', { timeout: 20_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const endless = new Endless();
    const run = endless.run({});
    const heapAt = async (tokens: number): Promise<number> => {
      while (endless.made < tokens) await sleep(1);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const early = await heapAt(20_000);
    const late = await heapAt(220_000);
    await run.cancel();
    // An event kept would cost a hundred bytes and more.
    expect((late - early) / 200_000).toBeLessThan(16);
  });
});

describe('a thousand parallel streams', () => {
  it('give one text in the order of seq, and the text of each step (B.7)', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    const Parallel = buildPipeline({
      name: 'Parallel',
      extends: Pipeline as never,
      steps: [
        { name: 'split', to: names },
        ...names.map((name) => ({
          name,
          kind: 'streaming' as const,
          body: {
            async *[name]() {
              for (let i = 0; i < 50; i++) {
                await Promise.resolve();
                yield `${name}:${i} `;
              }
            },
          }[name],
        })),
      ],
    }) as unknown as new () => Pipeline<Empty>;
    const run = new Parallel().run({});
    const told: { seq: number; value: string }[] = [];
    run.on('token', ({ seq, value }) => void told.push({ seq, value: value as string }));
    const { text, texts } = await run.result;
    expect(told).toHaveLength(50_000);
    expect(text).toBe(
      told
        .sort((a, b) => a.seq - b.seq)
        .map(({ value }) => value)
        .join(''),
    );
    const ofStep = (name: string): string => Array.from({ length: 50 }, (_, i) => `${name}:${i} `).join('');
    expect(texts).toEqual(Object.fromEntries(names.map((name) => [name, ofStep(name)])));
  });
});
