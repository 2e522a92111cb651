import {
  budget,
  BudgetExceededError,
  call,
  ForEach,
  goto,
  MisuseError,
  OnError,
  Pipeline,
  RunFailedError,
  Step,
  Streaming,
  SubPipeline,
  suspend,
  type Checkpoint,
  type Ctx,
  type Each,
  type Failure,
  type Join,
  type Middleware,
} from 'stepstream';
import { testRun, virtualClock } from 'stepstream/testing';
import { describe, expect, it } from 'vitest';
import { PORTS } from '../../src/ports/ports.js';
import { endsRun } from '../../src/errors/ends-run.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

/** A chain of steps that use 10 tokens each, with a stream before them. */
class Spending extends Pipeline<{ log: string[] }> {
  static readonly pipeline: { middleware: Middleware[] } = { middleware: [] };
  @Streaming({ to: 'first' })
  async *talk(): AsyncGenerator<string> {
    yield 'so ';
    yield 'far';
  }
  @Step({ to: 'second' })
  first({ usage, state }: Ctx<this>): string {
    usage({ model: 'm', input: 6, output: 4 });
    state.log.push('first');
    return 'one';
  }
  @Step({ to: 'third' })
  async second({ usage, state, signal }: Ctx<this>): Promise<string> {
    usage({ model: 'm', input: 6, output: 4 });
    state.log.push('second');
    if (signal.aborted) throw signal.reason;
    return 'two';
  }
  @Step()
  third({ usage }: Ctx<this>): void {
    usage({ input: 6, output: 4 });
  }
}

function spending(limits: Parameters<typeof budget>[0]): Spending {
  class Limited extends Spending {
    static override readonly pipeline = { middleware: [budget(limits)] };
  }
  return new Limited();
}

describe('a budget of tokens', () => {
  it('that is not used up changes nothing, up to the last token', async () => {
    const { result } = await testRun(spending({ tokens: 30 }), { log: [] });
    expect(result).toMatchObject({ status: 'success', usage: { input: 18, output: 12 } });
  });

  it('fails the run at once when a step reports more, with text, outputs and usage so far', async () => {
    const run = spending({ tokens: 19 }).run({ log: [] });
    const thrown: unknown = await run.result.catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RunFailedError);
    const { result, cause } = thrown as RunFailedError<Awaited<typeof run.result>>;
    expect(cause).toBeInstanceOf(BudgetExceededError);
    expect(cause).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'tokens', allowed: 19, used: 20 });
    expect(result.error).toBe(cause);
    expect(result.errors).toEqual([cause]);
    expect(result).toMatchObject({
      status: 'failed',
      text: 'so far',
      outputs: { talk: 'so far', first: 'one' },
      usage: { input: 12, output: 8, models: { m: { input: 12, output: 8 } } },
      state: { log: ['first'] },
    });
    expect(result.ledger).toMatchObject({
      second: { status: 'cancelled' },
      third: { status: 'not taken', why: 'ended' },
    });
  });

  it('counts what the steps of sub-pipelines use, and ends them', async () => {
    let ended: unknown;
    class Child extends Pipeline<{ n: number }> {
      @Step({ retry: 3 })
      async inside({ usage, signal }: Ctx<this>): Promise<void> {
        usage({ input: 60, output: 0 });
        await whenAborted(signal);
        ended = signal.reason;
        throw signal.reason;
      }
      @OnError()
      handler() {
        return undefined;
      }
    }
    class Parent extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ tokens: 100 })] };
      readonly child = new Child();
      @Step({ to: 'sub' })
      first({ usage }: Ctx<this>): void {
        usage({ input: 50, output: 0 });
      }
      @SubPipeline(() => Child)
      sub() {
        return call(this.child, { n: 1 });
      }
    }
    const { error, usage } = await outcomeOf(new Parent().run({}));
    expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'tokens', allowed: 100, used: 110 });
    expect(ended).toBe(error);
    expect(usage.input).toBe(110);
  });

  it('holds where it is said for one step alone, while and whenever that runs', async () => {
    const limit = budget({ tokens: 15 });
    class Sample extends Pipeline<object> {
      @Step({ to: 'second' })
      first({ usage }: Ctx<this>): void {
        usage({ input: 16, output: 0 });
      }
      @Step({ middleware: limit })
      second(): void {}
    }
    const { error, ledger } = await outcomeOf(new Sample().run({}));
    expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'tokens', used: 16 });
    expect(ledger).toMatchObject({ first: { status: 'done' }, second: { status: 'failed' } });
  });
});

describe('a budget of steps', () => {
  it('ends a loop that runs away', async () => {
    let rounds = 0;
    class Endless extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ steps: 7 })] };
      @Step({ goto: 'again' })
      again() {
        rounds++;
        return goto('again');
      }
    }
    const { error, ledger } = await outcomeOf(new Endless().run({}));
    expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'steps', allowed: 7, used: 8 });
    expect(rounds).toBe(7);
    expect(ledger.again.visits).toEqual([...new Array<string>(7).fill('done'), 'failed']);
  });

  it('counts every attempt, and the items of an each', async () => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ steps: 5 })] };
      @Step({ to: 'each', retry: 2 })
      list({ attempt }: Ctx<this>): number[] {
        if (attempt === 1) throw new Error('again');
        return [1, 2, 3, 4];
      }
      @ForEach({ concurrency: 1, onItemError: 'skip' })
      each({ item }: Each<this, number>): number {
        items.push(item);
        return item;
      }
    }
    const items: number[] = [];
    const { error } = await outcomeOf(new Sample().run({}));
    expect(error).toMatchObject({ limit: 'steps', used: 6 });
    expect(items).toEqual([1, 2, 3]);
  });

  it('is enough for exactly as many', async () => {
    expect((await outcomeOf(spending({ steps: 4 }).run({ log: [] }))).status).toBe('success');
    const { error, outputs } = await outcomeOf(spending({ steps: 3 }).run({ log: [] }));
    expect(error).toMatchObject({ limit: 'steps', allowed: 3, used: 4 });
    expect(outputs).toEqual({ talk: 'so far', first: 'one', second: 'two' });
  });
});

describe('a budget of time', () => {
  it('aborts a running body at the moment when it is used up', async () => {
    const clock = virtualClock({ now: 5_000 });
    let aborted: unknown;
    class Slow extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ time: 100 })] };
      @Step({ to: 'slow' })
      async first(): Promise<string> {
        await clock.sleep(60);
        return 'one';
      }
      @Step({ retry: 3 })
      async slow({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        aborted = [clock.now(), signal.reason];
        throw signal.reason;
      }
    }
    const running = testRun(new Slow(), {}, { clock });
    await clock.advance(99);
    expect(aborted).toBeUndefined();
    await clock.advance(1);
    const { result } = await running;
    expect(result).toMatchObject({
      status: 'failed',
      outputs: { first: 'one' },
      ledger: { slow: { status: 'cancelled' } },
    });
    expect(result.error).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'time', allowed: 100, used: 100 });
    expect(aborted).toEqual([5_100, result.error]);
    expect(clock.pending).toEqual([]);
  });

  it('leaves a running stream; what it has said is in the result', async () => {
    let left = false;
    class Endless extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ time: 20 })] };
      @Streaming()
      async *talk(): AsyncGenerator<string> {
        try {
          for (;;) {
            yield '.';
            await sleep(1);
          }
        } finally {
          left = true;
        }
      }
    }
    const { error, text } = await outcomeOf(new Endless().run({}));
    expect(error).toMatchObject({ limit: 'time' });
    expect(text).toMatch(/^\.+$/);
    expect(left).toBe(true);
  });

  const limit = { middleware: [budget({ time: 1_000 })] };

  class Retrying extends Pipeline<object> {
    static readonly pipeline = limit;
    @Step({ retry: { attempts: 2, delay: 60_000 } })
    only(): void {
      throw new Error('again');
    }
  }
  class Handling extends Pipeline<object> {
    static readonly pipeline = limit;
    @Step()
    only(): void {
      throw new Error('handle me');
    }
    @OnError()
    async handler({ signal }: Failure<this>): Promise<void> {
      await whenAborted(signal);
    }
  }
  class Child extends Pipeline<{ n: number }> {
    @Step()
    async inside({ signal }: Ctx<this>): Promise<void> {
      await whenAborted(signal);
    }
  }
  class Calling extends Pipeline<object> {
    static readonly pipeline = limit;
    readonly child = new Child();
    @SubPipeline(() => Child)
    only() {
      return call(this.child, { n: 1 });
    }
  }

  it.each<[string, Retrying | Handling | Calling]>([
    ['while an attempt waits for its delay', new Retrying()],
    ['while a handler runs', new Handling()],
    ['while a sub-pipeline runs', new Calling()],
  ])('is used up %s, too', async (_, pipeline) => {
    const time = virtualClock();
    const running = testRun(pipeline, {}, { clock: time });
    await time.advance(1_000);
    const { result } = await running;
    expect(result.error).toMatchObject({ code: 'BUDGET_EXCEEDED', limit: 'time', used: 1_000 });
    expect(result.ledger.only.status).toBe('cancelled');
    expect([time.now(), time.pending]).toEqual([1_000, []]);
  });

  it('begins with the first step, not with the run', async () => {
    const clock = virtualClock();
    class Slow extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ time: 100 })] };
      @Step({ to: 'second' })
      async first(): Promise<void> {
        await clock.sleep(99);
      }
      @Step()
      second(): void {}
    }
    const slow = new Slow();
    await slow.open();
    const running = testRun(slow, {}, { clock });
    await clock.advance(99);
    expect((await running).result.status).toBe('success');
    expect(clock.pending).toEqual([]);
    await slow.close();
  });
});

describe('a budget that is used up', () => {
  it('is taken neither by a retry, nor by a handler, nor by an any-join', async () => {
    const asked: string[] = [];
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [budget({ steps: 2 })] };
      @Step({ to: ['a', 'b'] })
      start(): void {}
      @Step({ to: 'first' })
      async a({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        return 'a';
      }
      @Step({
        to: 'first',
        retry: {
          attempts: 3,
          when: (error) => {
            asked.push(`retry for ${String(error)}`);
            return true;
          },
        },
        onError: 'fallback',
      })
      b(): string {
        return 'b';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { a?: string; b?: string }>): unknown {
        return inputs;
      }
      @OnError()
      fallback(): string {
        asked.push('fallback');
        return 'fallback';
      }
      @OnError()
      catchAll(): void {
        asked.push('catch-all');
      }
    }
    const { result, events } = await testRun(new Sample(), {});
    expect(asked).toEqual([]);
    expect(result).toMatchObject({ status: 'failed', outputs: {} });
    expect(result.error).toBeInstanceOf(BudgetExceededError);
    expect(result.ledger).toMatchObject({ a: { status: 'cancelled' }, b: { status: 'failed' } });
    const errors = events.filter((event) => event.type === 'step-error');
    expect(errors).toMatchObject([{ step: 'b', handled: false, error: { code: 'BUDGET_EXCEEDED' } }]);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'failed', error: { code: 'BUDGET_EXCEEDED' } });
  });

  it.each<[string, Middleware]>([
    [
      'at once',
      (_, next) => {
        try {
          return next();
        } catch {
          return 'swallowed';
        }
      },
    ],
    [
      'later',
      async (_, next) => {
        await sleep(1);
        try {
          return await next();
        } catch {
          return 'swallowed';
        }
      },
    ],
    [
      'and throws something else',
      async (_, next) => {
        try {
          return await next();
        } catch (error) {
          throw new Error('other', { cause: error });
        }
      },
    ],
  ])('is taken by no middleware around it that catches it %s', async (_, swallow) => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [swallow, budget({ steps: 1 })] };
      @Step({ to: 'second' })
      first(): string {
        return 'one';
      }
      @Step()
      second(): string {
        return 'two';
      }
    }
    const { error, outputs } = await outcomeOf(new Sample().run({}));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(outputs).toEqual({ first: 'one' });
  });

  it('is taken by no stream around it', async () => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = {
        middleware: [
          async function* (_: unknown, next: () => unknown) {
            try {
              yield* next() as AsyncGenerator<string>;
            } catch {
              yield 'swallowed';
            }
          },
          budget({ steps: 1 }),
        ],
      };
      @Streaming({ to: 'second' })
      async *first(): AsyncGenerator<string> {
        yield 'one';
      }
      @Streaming()
      async *second(): AsyncGenerator<string> {
        yield 'two';
      }
    }
    const { error, outputs } = await outcomeOf(new Sample().run({}));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(outputs).toEqual({ first: 'one' });
  });

  it('counts also when it comes from what a middleware has left', async () => {
    class Sample extends Pipeline<object> {
      @Step({ middleware: (_, next) => (void next(), 'early') })
      async only({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        throw new BudgetExceededError('tokens', 1, 2);
      }
    }
    const { error, outputs } = await outcomeOf(new Sample().run({}));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(outputs).toEqual({});
  });

  it('in a sub-pipeline with a budget of its own fails the whole run', async () => {
    const asked: string[] = [];
    class Child extends Pipeline<{ n: number }> {
      static readonly pipeline = { middleware: [budget({ steps: 2 })] };
      @Step({ to: 'never' })
      inside(): void {}
      @Step()
      never(): void {
        asked.push('never');
      }
    }
    class Parent extends Pipeline<object> {
      readonly child = new Child();
      @SubPipeline(() => Child, { retry: 3, onError: 'fallback' })
      sub() {
        return call(this.child, { n: 1 });
      }
      @OnError()
      fallback(): { n: number } {
        asked.push('fallback');
        return { n: 2 };
      }
    }
    const { error } = await outcomeOf(new Parent().run({}));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(error).toMatchObject({ limit: 'steps', used: 3 });
    expect(asked).toEqual([]);
  });

  it('is known also where another loaded copy has thrown it', () => {
    const error = new BudgetExceededError('steps', 1, 2);
    const other = Object.defineProperty(new Error('from the other'), Symbol.for('stepstream/ends-run@1'), {
      value: true,
    });
    expect([error, other, new Error('x'), undefined, { name: 'BudgetExceededError' }].map(endsRun)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    const hostile = new Proxy(new Error('x'), {
      has() {
        throw new Error('no');
      },
    });
    expect(endsRun(hostile)).toBe(false);
  });
});

describe('one budget', () => {
  it('counts for each of a hundred concurrent runs by itself, of whichever class', async () => {
    const limit = budget({ tokens: 10, steps: 3, time: 60_000 });
    class One extends Pipeline<{ each: number }> {
      static readonly pipeline = { middleware: [limit] };
      @Step({ to: 'second' })
      async first({ state, usage }: Ctx<this>): Promise<void> {
        usage({ input: state.each, output: 0 });
        await sleep(1);
      }
      @Step()
      second({ state, usage }: Ctx<this>): void {
        usage({ input: 0, output: state.each });
      }
    }
    class Two extends One {}
    const pipelines = [new One(), new One(), new Two()];
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => outcomeOf(pipelines[n % 3].run({ each: n % 7 }))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map((_, n) => ((n % 7) * 2 > 10 ? 'failed' : 'success')),
    );
  });

  it.each<[Parameters<typeof budget>[0], 'success' | 'failed']>([
    [{ tokens: 20, steps: 3, time: 100 }, 'success'],
    [{ tokens: 19 }, 'failed'],
    [{ steps: 2 }, 'failed'],
  ])('goes on with the tokens and steps of a suspended run, but not with its time: %j', async (limits, status) => {
    const clock = virtualClock();
    class Asking extends Pipeline<object> {
      static readonly pipeline = { name: 'asking', middleware: [budget(limits)] };
      @Step({ to: 'ask' })
      first({ usage }: Ctx<this>): void {
        usage({ input: 10, output: 0 });
      }
      @Step({ to: 'last' })
      ask() {
        return suspend<string>('well?');
      }
      @Step()
      last({ usage }: Ctx<this, string>): void {
        usage({ input: 10, output: 0 });
      }
    }
    const asking = new Asking();
    const first = await testRun(asking, {}, { clock });
    expect(first.result.status).toBe('suspended');
    await clock.advance(1_000);
    const { checkpoint } = first.result as { checkpoint: Checkpoint };
    const stored = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
    const run = asking.resume(stored, { ask: 'yes' }, { [PORTS]: { clock } } as object);
    expect((await outcomeOf(run)).status).toBe(status);
    expect(clock.pending).toEqual([]);
  });

  it.each<[object | undefined, string]>([
    [undefined, 'needs a limit'],
    [{}, 'needs a limit'],
    [{ tokens: 0 }, 'needs a number above 0 as tokens'],
    [{ steps: -1 }, 'needs a number above 0 as steps'],
    [{ tokens: 1, time: NaN }, 'needs a number above 0 as time'],
    [{ time: '100' }, 'needs a number above 0 as time'],
    [{ tokens: Infinity }, 'needs a number above 0 as tokens'],
    [{ tokens: 1, token: 5 }, `doesn't know the limit "token"`],
  ])('is refused with the limits %j', (limits, message) => {
    const make = (): unknown => budget(limits as { tokens: number });
    expect(make).toThrow(MisuseError);
    expect(make).toThrow(message);
  });
});
