import { OnError, OnStartup, Pipeline, RunTimeoutError, Step, StepTimeoutError, Streaming, type Ctx } from 'stepstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const wait = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()));
  });

describe('the timeout of a step', () => {
  it('aborts an attempt that takes too long, and its failure says so (F.4)', async () => {
    const reasons: unknown[] = [];
    class Slow extends Pipeline<object> {
      @Step({ timeout: 1_000 })
      async work({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        reasons.push(signal.reason);
        return 'too late to count';
      }
    }
    const run = new Slow().run({});
    const outcome = outcomeOf(run);
    await vi.advanceTimersByTimeAsync(999);
    expect(reasons).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    const { status, error, ledger, outputs } = await outcome;
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StepTimeoutError);
    expect(error).toMatchObject({ limit: 'step', step: 'work', code: 'STEP_TIMEOUT' });
    expect(reasons).toEqual([error]);
    expect(ledger.work.status).toBe('failed');
    expect(outputs).toEqual({});
  });

  it('is per attempt: a retry gets the whole time again (F.4, D.3)', async () => {
    class Slow extends Pipeline<object> {
      @Step({ timeout: 1_000, retry: 2 })
      async work({ attempt, signal }: Ctx<this>): Promise<number> {
        await wait(attempt === 1 ? 5_000 : 900, signal);
        return attempt;
      }
    }
    const run = new Slow().run({});
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await run.result).outputs.work).toBe(2);
  });

  it('the next attempt waits until the timed-out one has ended (D.3)', async () => {
    const seen: string[] = [];
    class Tidy extends Pipeline<object> {
      @Step({ timeout: 100, retry: 2 })
      async work({ attempt, signal }: Ctx<this>): Promise<void> {
        seen.push(`${attempt} begins`);
        if (attempt === 1) {
          await whenAborted(signal);
          await wait(500);
        }
        seen.push(`${attempt} ends`);
      }
    }
    const run = new Tidy().run({});
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await run.result).status).toBe('success');
    expect(seen).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  it('a timed-out body that ignores its signal is abandoned after the grace and never retried over (D.3, F.2)', async () => {
    const attempts: number[] = [];
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 300 };
      @Step({ timeout: 100, retry: 3 })
      async work({ attempt }: Ctx<this>): Promise<void> {
        attempts.push(attempt);
        await new Promise(() => undefined);
      }
    }
    const outcome = outcomeOf(new Deaf().run({}));
    await vi.advanceTimersByTimeAsync(400);
    const { status, abandoned, ledger, error, duration } = await outcome;
    expect(status).toBe('failed');
    expect(attempts).toEqual([1]);
    expect(abandoned).toEqual(['work']);
    expect(ledger.work.status).toBe('abandoned');
    expect(error).toBeInstanceOf(StepTimeoutError);
    expect(duration).toBe(400);
  });

  it('may be recovered by the handler of the step (D.2)', async () => {
    class Slow extends Pipeline<object> {
      @Step({ timeout: 100, onError: 'instead' })
      async work({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        return 'never';
      }
      @OnError()
      instead(): string {
        return 'instead';
      }
    }
    const run = new Slow().run({});
    await vi.advanceTimersByTimeAsync(100);
    expect((await run.result).outputs.work).toBe('instead');
  });
});

describe('the timeouts of a stream', () => {
  it('firstToken is the time to the first token only (F.4)', async () => {
    class Speaker extends Pipeline<{ first: number; rest: number }> {
      @Streaming({ timeout: { firstToken: 100 } })
      async *speak({ state, signal }: Ctx<this>): AsyncGenerator<string> {
        await wait(state.first, signal);
        yield 'a';
        await wait(state.rest, signal);
        yield 'b';
      }
    }
    const speaker = new Speaker();
    const fine = speaker.run({ first: 99, rest: 5_000 });
    const late = outcomeOf(speaker.run({ first: 101, rest: 0 }));
    await vi.advanceTimersByTimeAsync(6_000);
    expect((await fine.result).text).toBe('ab');
    expect((await late).error).toMatchObject({ name: 'StepTimeoutError', limit: 'firstToken' });
  });

  it('idle is the time between two tokens, and does not count the time to the first (F.4)', async () => {
    class Speaker extends Pipeline<{ pauses: number[] }> {
      @Streaming({ timeout: { idle: 100 } })
      async *speak({ state, signal }: Ctx<this>): AsyncGenerator<string> {
        for (const pause of state.pauses) {
          await wait(pause, signal);
          yield '.';
        }
      }
    }
    const speaker = new Speaker();
    const fine = speaker.run({ pauses: [500, 99, 99, 99] });
    const late = outcomeOf(speaker.run({ pauses: [0, 99, 101] }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await fine.result).text).toBe('....');
    expect(await late).toMatchObject({ error: { limit: 'idle' }, text: '..' });
  });

  it('idle also counts the pause after the last token (F.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ timeout: { idle: 100 } })
      async *speak({ signal }: Ctx<this>): AsyncGenerator<string> {
        yield '.';
        await wait(1_000, signal);
      }
    }
    const outcome = outcomeOf(new Speaker().run({}));
    await vi.advanceTimersByTimeAsync(100);
    expect((await outcome).error).toMatchObject({ limit: 'idle' });
  });

  it('do not count the time in which a slow consumer holds the stream back (F.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ timeout: { step: 1_000, firstToken: 100, idle: 100 } })
      async *speak({ signal }: Ctx<this>): AsyncGenerator<string> {
        for (const token of ['a', 'b', 'c']) {
          await wait(50, signal);
          yield token;
        }
      }
    }
    const run = new Speaker().run({});
    const read = (async () => {
      let text = '';
      for await (const token of run.tokens()) {
        text += token;
        await wait(10_000);
      }
      return text;
    })();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await read).toBe('abc');
    expect((await run.result).status).toBe('success');
  });

  it('still count the body’s own time behind a slow consumer (F.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ timeout: { step: 100 } })
      async *speak({ signal }: Ctx<this>): AsyncGenerator<string> {
        for (const token of ['a', 'b', 'c']) {
          await wait(40, signal);
          yield token;
        }
      }
    }
    const run = new Speaker().run({});
    const read = (async () => {
      for await (const _ of run.tokens()) await wait(10_000);
    })();
    const failed = expect(read).rejects.toThrow(/took longer than 100 ms/);
    await vi.advanceTimersByTimeAsync(40_000);
    await failed;
  });

  it('a stream that times out runs its finally, and a retry resets what it said (F.4, D.4)', async () => {
    const seen: string[] = [];
    class Speaker extends Pipeline<object> {
      @Streaming({ timeout: { idle: 100 }, retry: 2 })
      async *speak({ attempt, signal }: Ctx<this>): AsyncGenerator<string> {
        try {
          yield `${attempt}`;
          if (attempt === 1) await whenAborted(signal);
        } finally {
          seen.push(`finally ${attempt}`);
        }
      }
    }
    const run = new Speaker().run({});
    await vi.advanceTimersByTimeAsync(200);
    expect((await run.result).text).toBe('2');
    expect(seen).toEqual(['finally 1', 'finally 2']);
  });
});

describe('the timeout of a run', () => {
  class Slow extends Pipeline<object> {
    static readonly pipeline = { cancelGrace: 50 };
    @OnStartup()
    async connect(): Promise<void> {
      await wait(5_000);
    }
    @Step({ to: 'second' })
    async first({ signal }: Ctx<this>): Promise<void> {
      await wait(80, signal);
    }
    @Step()
    async second({ signal }: Ctx<this>): Promise<void> {
      await wait(80, signal);
    }
  }

  it('counts everything from the start of the first step, not the startup (F.4)', async () => {
    const run = new Slow().run({}, { timeout: 200 });
    await vi.advanceTimersByTimeAsync(5_200);
    expect((await run.result).status).toBe('success');
  });

  it('ends the run as timeout, with what was done until then (F.4, E.5)', async () => {
    const run = new Slow().run({}, { timeout: 100 });
    const rejected = expect(run.result).rejects.toBeInstanceOf(RunTimeoutError);
    await vi.advanceTimersByTimeAsync(5_100);
    await rejected;
    const { status, ledger, error } = await outcomeOf(run);
    expect(status).toBe('timeout');
    expect(error).toBeInstanceOf(RunTimeoutError);
    expect(ledger).toMatchObject({ first: { status: 'done' }, second: { status: 'cancelled' } });
  });
});
