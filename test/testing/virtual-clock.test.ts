import { describe, expect, it, vi } from 'vitest';
import { OnError, Pipeline, Step, Streaming, type Ctx, type Failure } from 'stepstream';
import { testRun, virtualClock } from '../../src/testing/index.js';
import { rest } from '../../src/testing/rest.js';

/** Writes down what happens, and when by the clock. */
function diary(clock: { now(): number }) {
  const lines: string[] = [];
  return { lines, note: (what: string) => void lines.push(`${clock.now()} ${what}`) };
}

describe('virtualClock', () => {
  it('stands still until time is let pass', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    clock.after(100, () => note('rings'));
    await rest();
    expect([clock.now(), lines, clock.pending]).toEqual([0, [], [100]]);
    await clock.advance(99);
    expect([clock.now(), lines, clock.pending]).toEqual([99, [], [1]]);
    await clock.advance(1);
    expect([clock.now(), lines, clock.pending]).toEqual([100, ['100 rings'], []]);
  });

  it('begins at the moment that it is given', async () => {
    const clock = virtualClock({ now: 5_000 });
    await clock.advance(20);
    expect(clock.now()).toBe(5_020);
  });

  it('calls in order of time, then of creation', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    for (const [milliseconds, name] of [
      [20, 'c'],
      [10, 'a'],
      [20, 'd'],
      [10, 'b'],
      [30, 'e'],
    ] as const)
      clock.after(milliseconds, () => note(name));
    await clock.advance(25);
    expect(lines).toEqual(['10 a', '10 b', '20 c', '20 d']);
    expect(clock.pending).toEqual([5]);
  });

  it('lets everything settle between two calls, and calls what it has led to in its turn', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    const walk = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      for (let i = 0; i < 50; i++) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      note(`${name} is awake`);
      await clock.sleep(5);
      note(`${name} is up`);
    };
    void walk('first', 10);
    void walk('second', 10);
    clock.after(12, () => note('between'));
    await clock.advance(20);
    expect(lines).toEqual([
      '10 first is awake',
      '10 second is awake',
      '12 between',
      '15 first is up',
      '15 second is up',
    ]);
  });

  it('does not call what was cancelled, by an earlier call either', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    const second = clock.after(10, () => note('second'));
    clock.after(5, () => second.cancel());
    const third = clock.after(7, () => note('third'));
    third.cancel();
    third.cancel();
    await clock.advance(100);
    expect([lines, clock.pending]).toEqual([[], []]);
  });

  it('calls at once, but not in the same turn, what needs no time', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    clock.after(0, () => {
      note('now');
      clock.after(-5, () => note('and now'));
      clock.after(NaN, () => note('and this'));
    });
    expect(lines).toEqual([]);
    await vi.waitFor(() => expect(lines).toEqual(['0 now', '0 and now', '0 and this']));
  });

  it('lets time pass for one caller after the other', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    clock.after(10, () => note('rings'));
    await Promise.all([clock.advance(6).then(() => note('six')), clock.advance(6).then(() => note('twelve'))]);
    expect(lines).toEqual(['6 six', '10 rings', '12 twelve']);
  });

  it('lets time pass until nothing waits for it', async () => {
    const clock = virtualClock();
    const { lines, note } = diary(clock);
    const count = async () => {
      for (let i = 1; i <= 3; i++) {
        await clock.sleep(1_000);
        note(`${i}`);
      }
    };
    void count();
    await clock.runAll();
    expect([lines, clock.now()]).toEqual([['1000 1', '2000 2', '3000 3'], 3_000]);
  });

  it('gives up on what sets itself a new timer for ever', async () => {
    const clock = virtualClock();
    let beats = 0;
    const beat = (): void => {
      beats++;
      clock.after(10, beat);
    };
    beat();
    await expect(clock.runAll({ limit: 7 })).rejects.toMatchObject({
      code: 'CLOCK_NEVER_IDLE',
      message: expect.stringContaining('after 7 calls 1 still waits for time'),
    });
    expect(beats).toBe(8);
    await clock.advance(10);
    expect(beats).toBe(9);
  });

  it('may use up its limit to the last call', async () => {
    const clock = virtualClock();
    for (let i = 0; i < 3; i++) clock.after(1, () => undefined);
    await clock.runAll({ limit: 3 });
    expect(clock.pending).toEqual([]);
  });

  it('passes on what a call throws, and goes on afterwards', async () => {
    const clock = virtualClock();
    const boom = new Error('boom');
    clock.after(5, () => {
      throw boom;
    });
    await expect(clock.advance(10)).rejects.toBe(boom);
    await clock.advance(10);
    expect(clock.now()).toBe(15);
  });

  it('ends a sleep with the reason of its signal, and keeps no timer for it', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const asleep = clock.sleep(100, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(asleep).rejects.toBe(reason);
    await expect(clock.sleep(100, controller.signal)).rejects.toBe(reason);
    expect(clock.pending).toEqual([]);
  });

  it('works while fake timers stand for the real ones', async () => {
    vi.useFakeTimers();
    try {
      const clock = virtualClock();
      const { lines, note } = diary(clock);
      clock.after(10, () => note('rings'));
      await clock.advance(10);
      expect(lines).toEqual(['10 rings']);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['a start that is no moment', () => virtualClock({ now: NaN })],
    ['time that goes back', () => void virtualClock().advance(-1)],
    ['time without an end', () => void virtualClock().advance(Infinity)],
    ['a limit of nothing', () => void virtualClock().runAll({ limit: 0 })],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_TEST_OPTION' }));
  });
});

interface Ask {
  tries: number;
}

class Flaky extends Pipeline<Ask> {
  @Step({ retry: { attempts: 3, delay: 1_000, backoff: 10 }, timeout: 5_000, onError: 'giveUp' })
  async ask({ attempt, signal }: Ctx<this>): Promise<string> {
    if (attempt < 3) throw new Error('busy');
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  }
  @OnError()
  giveUp({ error }: Failure<this>): string {
    return (error as Error).name;
  }
}

describe('a run on a virtual clock', () => {
  it('has its delays and timeouts without waiting', async () => {
    const began = Date.now();
    const clock = virtualClock();
    const running = testRun(new Flaky(), { tries: 0 }, { clock });
    await clock.advance(10_999);
    expect(clock.pending).toEqual([1]);
    await clock.advance(1);
    expect(clock.pending).toEqual([5_000]);
    await clock.advance(5_000);
    const { result, events } = await running;
    expect([result.status, result.outputs.ask, result.duration]).toEqual(['success', 'StepTimeoutError', 16_000]);
    expect(events.filter(({ type }) => type === 'step-retry').map((event) => 'at' in event && event.at)).toEqual([
      0, 1_000,
    ]);
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(clock.pending).toEqual([]);
  });

  it('retries without a delay without anybody letting time pass', async () => {
    class Eager extends Pipeline<object> {
      @Step({ retry: 3 })
      ask({ attempt }: Ctx<this>): number {
        if (attempt < 3) throw new Error('busy');
        return attempt;
      }
    }
    const { result } = await testRun(new Eager(), {}, { clock: virtualClock() });
    expect(result.outputs.ask).toBe(3);
  });

  it('ends as timeout when its time is used up, and by its grace what ignores its signal', async () => {
    class Deaf extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        yield 'well';
        await new Promise(() => undefined);
      }
    }
    const clock = virtualClock();
    const running = testRun(new Deaf(), {}, { clock, timeout: 3_000 });
    await clock.advance(4_999);
    expect(clock.pending).toEqual([1]);
    await clock.runAll();
    const { result, text } = await running;
    expect([result.status, result.abandoned, text, clock.now()]).toEqual(['timeout', ['speak'], 'well', 5_000]);
  });
});
