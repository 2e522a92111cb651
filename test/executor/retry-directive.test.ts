import {
  OnError,
  Pipeline,
  retry,
  skip,
  Step,
  StepError,
  Streaming,
  type Ctx,
  type Failure,
  type Retry,
  type RunEvent,
  type Skip,
} from 'stepstream';
import { describe, expect, it, vi } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

describe('retry()', () => {
  it('gives the attempt up, and the next one begins: one start, one end, an event per retry (B087)', async () => {
    const seen: number[] = [];
    class Thrice extends Pipeline<{ count: number }> {
      @Step({ retry: 3 })
      work({ attempt, state }: Ctx<this>): string | Retry {
        seen.push(attempt);
        state.count++;
        return attempt < 3 ? retry() : 'at last';
      }
    }
    const run = new Thrice().run({ count: 0 });
    const events = (await eventsOf(run)) as RunEvent[];
    const { outputs, state, ledger, errors } = await run.result;
    expect(seen).toEqual([1, 2, 3]);
    expect(outputs.work).toBe('at last');
    // What an attempt that was given up has changed is gone with it.
    expect(state.count).toBe(1);
    expect(errors).toEqual([]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'] });
    expect(
      events.flatMap((event) => ('step' in event && 'attempt' in event ? [[event.type, event.attempt]] : [])),
    ).toEqual([
      ['step-start', 1],
      ['step-retry', 1],
      ['step-retry', 2],
      ['state-change', 3],
      ['step-end', 3],
    ]);
    const retries = events.filter((event) => event.type === 'step-retry');
    expect(retries.map(({ error, delay }) => [error, delay])).toEqual([
      [
        {
          name: 'StepError',
          code: 'RETRY_RETURNED',
          message: expect.stringContaining('returned retry().'),
          step: 'work',
          attempt: 1,
        },
        0,
      ],
      [
        {
          name: 'StepError',
          code: 'RETRY_RETURNED',
          message: expect.stringContaining('returned retry().'),
          step: 'work',
          attempt: 2,
        },
        0,
      ],
    ]);
  });

  it('waits for its own delay, else for that of the option with its backoff (D.3)', async () => {
    vi.useFakeTimers();
    try {
      const delays: number[] = [];
      class Waits extends Pipeline<object> {
        @Step({ retry: { attempts: 4, delay: 100, backoff: 2 } })
        work({ attempt }: Ctx<this>): Retry | string {
          if (attempt === 2) return retry({ delay: 7 });
          return attempt < 4 ? retry() : 'done';
        }
      }
      const run = new Waits().run({});
      run.on('step-retry', ({ delay }) => delays.push(delay));
      const since = Date.now();
      await vi.runAllTimersAsync();
      expect((await run.result).outputs.work).toBe('done');
      expect(delays).toEqual([100, 7, 400]);
      expect(Date.now() - since).toBe(507);
    } finally {
      vi.useRealTimers();
    }
  });

  it('with a delay that is no time is a failure that says so, and no wait', async () => {
    for (const delay of [-1, NaN, Infinity, 2 ** 40, '5' as never]) {
      class Odd extends Pipeline<object> {
        @Step({ retry: 3 })
        work(): Retry {
          return retry({ delay });
        }
      }
      const { error } = await outcomeOf(new Odd().run({}));
      expect(error).toMatchObject({ code: 'INVALID_DIRECTIVE', attempt: 3 });
      expect(error!.message).toBe(
        `Odd.work (attempt 3): returned retry({ delay: ${String(delay)} }), which is no time in milliseconds. ` +
          'Give a number from 0 to 2147483647, or leave it out.',
      );
    }
  });

  it('in the last attempt fails the step by an error that says so', async () => {
    class Never extends Pipeline<object> {
      @Step({ retry: 2 })
      work(): Retry {
        return retry();
      }
    }
    const { error, errors, ledger } = await outcomeOf(new Never().run({}));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'RETRY_RETURNED', attempt: 2 });
    expect(error!.message).toBe(
      'Never.work (attempt 2): returned retry() in its last attempt. Give it more attempts: retry: { attempts: 5 }.',
    );
    expect(errors).toEqual([error]);
    expect(ledger.work.status).toBe('failed');
  });

  it('where the option is missing, which the compiler refuses, fails the step at once', async () => {
    class Without extends Pipeline<object> {
      @Step()
      work(): undefined {
        return retry() as unknown as undefined;
      }
    }
    const { error } = await outcomeOf(new Without().run({}));
    expect(error).toMatchObject({ code: 'RETRY_RETURNED', attempt: 1 });
  });

  it('is handed to the handlers as any failure, after the last attempt (D.2)', async () => {
    class Rescued extends Pipeline<object> {
      @Step({ retry: 2, onError: 'rescue' })
      work(): Retry | string {
        return retry();
      }
      @OnError()
      rescue({ error, attempt }: Failure<this>): string {
        return `${(error as StepError).code} ${attempt}`;
      }
    }
    expect((await new Rescued().run({}).result).outputs.work).toBe('RETRY_RETURNED 2');
  });

  it('counts together with attempts that threw, and `when` is not asked about it', async () => {
    const asked: unknown[] = [];
    class Mixed extends Pipeline<object> {
      @Step({ retry: { attempts: 4, when: (error) => asked.push((error as Error).message) > 0 } })
      work({ attempt }: Ctx<this>): Retry | number {
        if (attempt === 2) throw new Error('thrown');
        return attempt < 4 ? retry() : attempt;
      }
    }
    expect((await new Mixed().run({}).result).outputs.work).toBe(4);
    expect(asked).toEqual(['thrown']);
  });

  it('returned by a stream takes its tokens back (D.4)', async () => {
    class Speaks extends Pipeline<object> {
      @Streaming({ retry: 2 })
      async *speak({ attempt }: Ctx<this>): AsyncGenerator<string, Retry | undefined> {
        yield `try ${attempt}`;
        return attempt === 1 ? retry() : undefined;
      }
    }
    const run = new Speaks().run({});
    const events = (await eventsOf(run)) as RunEvent[];
    const { text, outputs } = await run.result;
    expect([text, outputs.speak]).toEqual(['try 2', 'try 2']);
    expect(events.map(({ type }) => type)).toEqual([
      'run-start',
      'step-start',
      'token',
      'token-reset',
      'step-retry',
      'token',
      'step-end',
      'run-end',
    ]);
  });

  it('begins no further attempt in a run that has ended while it waits; no timer is left', async () => {
    let attempts = 0;
    class Waits extends Pipeline<object> {
      @Step({ retry: 2 })
      work(): Retry {
        attempts++;
        return retry({ delay: 60_000 });
      }
    }
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await sleep(5);
    const before = timers();
    const run = new Waits().run({});
    await sleep(2);
    await run.cancel();
    expect((await run.result).ledger.work.status).toBe('cancelled');
    expect(attempts).toBe(1);
    await sleep(2);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('after the time of the attempt is over is that timeout’s failure (D.6)', async () => {
    class Late extends Pipeline<object> {
      @Step({ retry: 2, timeout: 15 })
      async work({ signal, attempt }: Ctx<this>): Promise<Retry | string> {
        if (attempt === 2) return 'second';
        await whenAborted(signal);
        return retry({ delay: 60_000 });
      }
    }
    const run = new Late().run({});
    const delays: unknown[] = [];
    run.on('step-retry', ({ error, delay }) => delays.push([error.code, delay]));
    expect((await run.result).outputs.work).toBe('second');
    expect(delays).toEqual([['STEP_TIMEOUT', 0]]);
  });

  it('is none by its shape: a model’s JSON can’t steer (B.4)', async () => {
    class Plain extends Pipeline<object> {
      @Step({ retry: 2 })
      work(): object {
        return { '~directive': 'retry', delay: 0 };
      }
    }
    const { outputs, ledger } = await new Plain().run({}).result;
    expect(outputs.work).toEqual({ '~directive': 'retry', delay: 0 });
    expect(ledger.work.visits).toEqual(['done']);
  });
});

describe('a handler', () => {
  const failureOf = async (value: unknown): Promise<Error> => {
    class Steers extends Pipeline<object> {
      @Step({ onError: 'rescue', retry: 2, goto: 'other' })
      work(): undefined {
        throw new Error('first');
      }
      @Step()
      other(): void {}
      @OnError()
      rescue(): undefined {
        return value as undefined;
      }
    }
    const { error } = await outcomeOf(new Steers().run({}));
    return error!;
  };

  it('can’t return retry(), suspend() or call(), and says what it can', async () => {
    const { suspend, call } = await import('stepstream');
    const said = [retry(), suspend('who?'), call({} as never, {} as never)];
    const errors = await Promise.all(said.map(failureOf));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'DIRECTIVE_NOT_ALLOWED' });
      expect((error as StepError).cause).toEqual(new Error('first'));
    }
    expect(errors.map(({ message }) => message.replace(/^.*?\): /, ''))).toEqual([
      'its handler returned retry(), but a handler is called when there is no further attempt. ' +
        'Return a value, skip() or stop(), or give the step more attempts: retry: { attempts: 5 }.',
      'its handler returned suspend(), but only a step itself waits for an answer. ' +
        'Return a value, skip() or stop(), or goto() to a step that asks.',
      'its handler returned call(), but only a @SubPipeline step runs another pipeline. ' +
        'Call it from a method under @SubPipeline(() => Child).',
    ]);
  });

  it('that stands in for a switch chooses a case like it, and fails like it', async () => {
    const { Switch } = await import('stepstream');
    for (const key of ['a', 'c'] as const) {
      class Chooses extends Pipeline<object> {
        @Switch({ cases: { a: 'left', b: 'right' }, onError: 'choose' })
        route(): 'a' | 'b' {
          throw new Error('no');
        }
        @Step()
        left(): void {}
        @Step()
        right(): void {}
        @OnError()
        choose(): 'a' | 'b' {
          return key as 'a';
        }
      }
      const { status, error, ledger } = await outcomeOf(new Chooses().run({}));
      if (key === 'a') {
        expect(status).toBe('success');
        expect([ledger.route.status, ledger.left.status, ledger.right.status]).toEqual([
          'recovered',
          'done',
          'not taken',
        ]);
      } else expect(error).toMatchObject({ code: 'UNKNOWN_CASE' });
    }
  });

  it('of all steps may skip one whose last attempt returned retry()', async () => {
    class Catches extends Pipeline<object> {
      @Step({ retry: 2, to: 'after' })
      work(): Retry | undefined {
        return retry();
      }
      @Step()
      after(): void {}
      @OnError()
      caught(): Skip {
        return skip();
      }
    }
    const { status, ledger } = await new Catches().run({}).result;
    expect([status, ledger.work.status, ledger.after.why]).toEqual(['success', 'skipped', 'dead']);
  });
});

describe('a directive where it means nothing', () => {
  it('names the step, what it returned and what it may', async () => {
    const { goto, Switch, ForEach } = await import('stepstream');
    class Wrong extends Pipeline<object, string> {
      @Step({ to: 'work', goto: 'end' })
      begin({ context }: Ctx<this>): number[] {
        return (context === 'goto' ? goto('wrok' as 'work') : [1]) as number[];
      }
      @ForEach({ to: 'route' })
      work({ context }: Ctx<this> & { item: number; index: number; input: number[] }): undefined {
        return (context === 'item' ? goto('end') : undefined) as undefined;
      }
      @Switch({ cases: { short: 'end', long: null } })
      route({ context }: Ctx<this>): 'short' | 'long' {
        const given: Record<string, unknown> = { object: {}, nothing: undefined, typo: 'shrot', number: 7 };
        return given[context] as 'short';
      }
      @Step()
      end(): void {}
    }
    const messageOf = async (context: string): Promise<string> =>
      (await outcomeOf(new Wrong().run({}, { context }))).error!.message;
    expect(await messageOf('goto')).toBe(
      'Wrong.begin: returned goto("wrok"), which its options don\'t name (they name end, work). Declare it: goto: ["wrok"].',
    );
    expect(await messageOf('item')).toBe(
      'Wrong.work[0]: returned goto(), but an item of an each leads nowhere. ' +
        'Return what tells the cases apart, and decide in the step behind the each.',
    );
    const unknown = (shown: string, nearest = ''): string =>
      `Wrong.route: returned ${shown}, for which it has no case (short, long).${nearest} Add the case, or a default.`;
    expect(await messageOf('object')).toBe(unknown('an object'));
    expect(await messageOf('nothing')).toBe(unknown('nothing'));
    expect(await messageOf('typo')).toBe(unknown('"shrot"', ' Did you mean "short"?'));
    expect(await messageOf('number')).toBe(unknown('"7"'));
  });

  it('carries plain data only: a goto’s input is checked like an output (A.6)', async () => {
    const { goto } = await import('stepstream');
    class Carries extends Pipeline<object> {
      @Step({ goto: 'end' })
      begin() {
        return goto('end', new Date(0) as unknown as string);
      }
      @Step()
      end({ input }: Ctx<this, string>): string {
        return input;
      }
    }
    const { error } = await outcomeOf(new Carries().run({}));
    expect(error!.cause).toMatchObject({ code: 'NOT_PLAIN_DATA' });
    expect(error!.message).toContain('the input of goto("end")');
  });
});
