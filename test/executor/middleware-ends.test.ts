import { Pipeline, Step, Streaming, type Ctx, type Middleware, type MiddlewareContext } from 'stepstream';
import { testRun, virtualClock } from 'stepstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

type Tokens = AsyncGenerator<string, unknown, undefined>;

/** What happened, in order. */
let log: string[] = [];
let unhandled: unknown[] = [];
const watch = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  log = [];
  unhandled = [];
  process.on('unhandledRejection', watch);
});
afterEach(() => {
  process.off('unhandledRejection', watch);
  expect(unhandled).toEqual([]);
});

/** A step whose body ends when it is aborted, and a stream that says when it is left. */
function waiting(...middleware: Middleware[]) {
  class Waiting extends Pipeline<object> {
    static readonly pipeline = { cancelGrace: 50 };
    @Step({ to: 'after', middleware })
    async wait({ signal, emit }: Ctx<this>): Promise<string> {
      log.push('body begins');
      await whenAborted(signal);
      emit('late');
      await sleep(5);
      log.push(`body ends: ${(signal.reason as Error).message}`);
      return 'from the body';
    }
    @Step()
    after(): void {
      log.push('after');
    }
  }
  return new Waiting();
}

function streaming(...middleware: Middleware[]) {
  class Endless extends Pipeline<object> {
    static readonly pipeline = { cancelGrace: 50 };
    @Streaming({ to: 'after', middleware })
    async *talk({ signal }: Ctx<this>): AsyncGenerator<string> {
      log.push('body begins');
      try {
        for (let n = 0; ; n++) {
          yield String(n);
          await sleep(1);
        }
      } finally {
        await sleep(5);
        log.push(`body is left, ${signal.aborted ? (signal.reason as Error).message : 'not aborted'}`);
      }
    }
    @Step()
    after(): void {
      log.push('after');
    }
  }
  return new Endless();
}

const ENDED = 'the middleware around it has ended';
const timedOut = new Error('timed out');
/** Ends after a while, whatever the body does. */
const limited: Middleware = ({ run }, next) =>
  Promise.race([next(), new Promise((_, reject) => run.after(5, () => reject(timedOut)))]);

describe('a middleware that ends before the body', () => {
  it.each<[string, Middleware]>([
    ['at once', (_, next) => (void next(), 'early')],
    ['later', async (_, next) => (void next(), await sleep(2), 'early')],
  ])('%s aborts it, and the attempt ends when it has', async (_, middleware) => {
    const { result, events } = await testRun(waiting(middleware), {});
    expect(result).toMatchObject({ status: 'success', outputs: { wait: 'early' }, abandoned: [] });
    expect(log).toEqual(['body begins', `body ends: ${ENDED}`, 'after']);
    // What a body says after it was left is dropped.
    expect(events.filter(({ type }) => type === 'custom')).toEqual([]);
  });

  it('and throws: the attempt fails when the body has ended, with the error of the middleware', async () => {
    const { result } = await testRun(waiting(limited), {});
    expect(result).toMatchObject({ status: 'failed', ledger: { wait: { status: 'failed' } }, abandoned: [] });
    expect(result.error!.cause).toBe(timedOut);
    expect(log).toEqual(['body begins', `body ends: ${ENDED}`]);
  });

  it('and throws at once', async () => {
    const { result } = await testRun(
      waiting((_, next) => {
        void next();
        throw timedOut;
      }),
      {},
    );
    expect(result.error!.cause).toBe(timedOut);
    expect(log).toEqual(['body begins', `body ends: ${ENDED}`]);
  });

  it('aborts only what is inside it: one around it goes on, with a signal of its own', async () => {
    let signal: AbortSignal | undefined;
    const fallback: Middleware = async (context, next) => {
      signal = context.signal;
      try {
        return await next();
      } catch (error) {
        log.push(`fallback for: ${(error as Error).message}`);
        expect(signal.aborted).toBe(false);
        await sleep(1);
        return 'fallback';
      }
    };
    const { result } = await testRun(waiting(fallback, limited), {});
    expect(result).toMatchObject({ status: 'success', outputs: { wait: 'fallback' } });
    expect(log).toEqual(['body begins', 'fallback for: timed out', `body ends: ${ENDED}`, 'after']);
    expect(signal!.aborted).toBe(false);
  });

  it('leaves a body that ignores its signal behind, when the grace is over; it is never retried over', async () => {
    const clock = virtualClock();
    class Stubborn extends Pipeline<{ fail: boolean }> {
      static readonly pipeline = { cancelGrace: 10 };
      @Step({
        retry: 3,
        middleware: ({ state }, next) => {
          log.push('attempt');
          void next();
          if ((state as { fail: boolean }).fail) throw timedOut;
          return 'early';
        },
      })
      async stuck(): Promise<void> {
        await clock.sleep(100);
      }
    }
    const well = testRun(new Stubborn(), { fail: false }, { clock });
    const badly = testRun(new Stubborn(), { fail: true }, { clock });
    await clock.advance(10);
    const expected = { abandoned: ['stuck'], duration: 10 };
    expect((await well).result).toMatchObject({ status: 'success', outputs: { stuck: 'early' }, ...expected });
    expect((await badly).result).toMatchObject({ status: 'failed', ...expected });
    expect((await badly).result.ledger.stuck.status).toBe('abandoned');
    await clock.runAll();
    expect(log).toEqual(['attempt', 'attempt']);
  });

  it('leaves the generator that it was given, begun or not', async () => {
    const unread = await testRun(
      streaming(async (_, next) => (void next(), 'early')),
      {},
    );
    expect(unread.result).toMatchObject({ status: 'success', outputs: { talk: 'early' }, text: '' });
    expect(log).toEqual(['after']);
    log = [];
    const read = await testRun(
      streaming(async (_, next) => {
        const tokens = next() as Tokens;
        await tokens.next();
        return 'early';
      }),
      {},
    );
    expect(read.result).toMatchObject({ status: 'success', outputs: { talk: 'early' }, text: '' });
    expect(log).toEqual(['body begins', `body is left, ${ENDED}`, 'after']);
  });

  it('as a stream of its own leaves that of the body, and the step ends when it has ended', async () => {
    const { result } = await testRun(
      streaming(async function* (_, next) {
        const tokens = next() as Tokens;
        yield String((await tokens.next()).value);
        yield 'own';
      }),
      {},
    );
    expect(result).toMatchObject({ status: 'success', outputs: { talk: '0own' }, text: '0own' });
    expect(log).toEqual(['body begins', `body is left, ${ENDED}`, 'after']);
  });

  it('leaves the one inside it too, which then can not begin the body any more', async () => {
    let refused: unknown;
    let inside: AbortSignal | undefined;
    const slow: Middleware = async ({ signal }, next) => {
      inside = signal;
      await whenAborted(signal);
      try {
        return next();
      } catch (error) {
        refused = error;
        throw error;
      }
    };
    const { result } = await testRun(waiting(limited, slow), {});
    expect(result.error!.cause).toBe(timedOut);
    expect(log).toEqual([]);
    expect(inside!.aborted).toBe(true);
    expect(refused).toMatchObject({ name: 'AbortError', message: ENDED });
  });

  it('leaves the one inside it, whose stream then comes too late', async () => {
    const { result } = await testRun(
      streaming(limited, async ({ signal }) => {
        await whenAborted(signal);
        return (async function* () {
          log.push('begun too late');
          yield 'x';
        })();
      }),
      {},
    );
    expect(result).toMatchObject({ status: 'failed', text: '', abandoned: [] });
    expect(result.error!.cause).toBe(timedOut);
    expect(log).toEqual([]);
  });

  it('needs not look at a failure of the body that it has left', async () => {
    class Failing extends Pipeline<object> {
      @Step({ middleware: (_, next) => (void next(), 'early') })
      async only({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        throw signal.reason;
      }
    }
    const seen = await catchUnhandled(async () => {
      const { result } = await testRun(new Failing(), {});
      expect(result.outputs).toEqual({ only: 'early' });
    });
    expect(seen).toEqual([]);
  });
});

describe('when the attempt is aborted', () => {
  const passing: [string, Middleware[]][] = [
    ['passes it on', [(_, next) => next()]],
    ['awaits it', [async (_, next) => next()]],
    [
      'streams',
      [
        async function* (_, next) {
          yield* next() as Tokens;
        },
      ],
    ],
    [
      'reads it itself',
      [
        async (_, next) => {
          for await (const token of next() as Tokens) void token;
          return 'read';
        },
      ],
    ],
    [
      'stands in the middle',
      [
        (_, next) => next(),
        async function* (_, next) {
          for await (const token of next() as Tokens) yield token;
        },
        async (_, next) => next(),
      ],
    ],
  ];

  it.each(passing)('by leaving the loop, a stream inside one that %s is left first', async (name, middleware) => {
    const run = streaming(...middleware).run({});
    if (name === 'reads it itself') {
      await sleep(10);
      await run.cancel();
    } else {
      for await (const token of run.tokens()) {
        if (token === '2') break;
      }
    }
    log.push('next statement');
    expect(log[0]).toBe('body begins');
    expect(log[1]).toMatch(/^body is left, (?!not aborted)/);
    expect(log[2]).toBe('next statement');
    expect(await run.result).toMatchObject({ status: 'cancelled', abandoned: [] });
  });

  it('the body and every middleware have an aborted signal, with the reason of the run', async () => {
    const signals: AbortSignal[] = [];
    const note: Middleware = ({ signal }, next) => (signals.push(signal), next());
    const run = waiting(note, note).run({});
    await sleep(5);
    await run.cancel(new Error('enough'));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(signals[0].reason).toBe(signals[1].reason);
    expect(log).toEqual(['body begins', expect.stringMatching(/^body ends: This run of Waiting was cancelled/)]);
  });

  it('a middleware that has not called next() yet can not any more: nothing new begins', async () => {
    const opened = gate();
    let refused: unknown;
    const run = waiting(async (_, next) => {
      await opened.promise;
      try {
        return await next();
      } catch (error) {
        refused = error;
        throw error;
      }
    }).run({});
    await sleep(2);
    const cancelled = run.cancel();
    opened.open();
    await cancelled;
    expect(log).toEqual([]);
    expect(refused).toMatchObject({ code: 'RUN_CANCELLED' });
  });

  it('a promise of a stream that comes later is never begun', async () => {
    const opened = gate();
    const run = streaming(async (_, next) => {
      await opened.promise;
      const tokens = next();
      return tokens;
    }).run({});
    await sleep(2);
    const cancelled = run.cancel();
    opened.open();
    await cancelled;
    expect(log).toEqual([]);
    const other = streaming(async (_, next) => {
      const tokens = next() as Tokens;
      await tokens.next();
      await opened.promise;
      await sleep(5);
      return tokens;
    }).run({});
    await sleep(5);
    await other.cancel();
    expect(log).toEqual(['body begins', expect.stringContaining('body is left')]);
  });

  it.each<[string, Middleware[]]>([
    ['of the body', []],
    ['of a middleware', [(_, next) => next()]],
  ])('a stream %s that is given only then never begins', async (_, middleware) => {
    const pipeline = streaming(...middleware);
    const run = pipeline.run({});
    Object.assign(pipeline, {
      talk() {
        void run.cancel();
        return (async function* () {
          log.push('begun too late');
          yield 'x';
        })();
      },
    });
    expect(await run.result).toMatchObject({ status: 'cancelled', text: '', abandoned: [] });
    expect(log).toEqual([]);
  });

  it('a middleware that ignores it is abandoned, and its body never begins', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    class Stubborn extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 10 };
      @Step({
        middleware: async (_, next) => {
          await clock.sleep(60);
          return next();
        },
      })
      async only(): Promise<void> {
        log.push('body begins');
      }
    }
    const running = testRun(new Stubborn(), {}, { clock, signal: controller.signal });
    await clock.advance(2);
    controller.abort();
    await clock.advance(10);
    expect((await running).result).toMatchObject({ status: 'cancelled', abandoned: ['only'], duration: 12 });
    await clock.runAll();
    expect(log).toEqual([]);
  });
});

describe('a limit in time', () => {
  it('of the step counts what its middleware does, and aborts all of it', async () => {
    const clock = virtualClock();
    const signals: AbortSignal[] = [];
    class Slow extends Pipeline<object> {
      @Step({
        timeout: 10,
        middleware: async ({ signal }, next) => {
          signals.push(signal);
          await clock.sleep(8);
          return next();
        },
      })
      async only({ signal }: Ctx<this>): Promise<void> {
        signals.push(signal);
        await whenAborted(signal);
      }
    }
    const running = testRun(new Slow(), {}, { clock });
    await clock.advance(10);
    const { error, abandoned, duration } = (await running).result;
    expect(error).toMatchObject({ code: 'STEP_TIMEOUT', limit: 'step' });
    expect(signals.map(({ reason }) => reason as unknown)).toEqual([error, error]);
    expect([abandoned, duration, clock.pending]).toEqual([[], 10, []]);
  });

  it('for the first token looks at what comes out of the middleware', async () => {
    class Slow extends Pipeline<object> {
      @Streaming({
        timeout: { firstToken: 10 },
        middleware: async function* (_, next) {
          for await (const token of next() as Tokens) if (token === 'late') yield token;
        },
      })
      async *talk({ signal }: Ctx<this>): AsyncGenerator<string> {
        yield 'early';
        await whenAborted(signal);
        yield 'late';
      }
    }
    const { error, text } = await outcomeOf(new Slow().run({}));
    expect(error).toMatchObject({ code: 'STEP_TIMEOUT', limit: 'firstToken' });
    expect(text).toBe('');
  });
});

describe('after a run', () => {
  it('no timer of its middleware is left', async () => {
    const clock = virtualClock();
    const contexts: MiddlewareContext[] = [];
    class Sample extends Pipeline<object> {
      static readonly pipeline = {
        middleware: (context: MiddlewareContext, next: () => unknown) => {
          contexts.push(context);
          context.run.after(1_000, () => log.push('rings'));
          void next();
          return 'early';
        },
      };
      @Step()
      async only({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
    }
    const { result } = await testRun(new Sample(), {}, { clock });
    expect(result).toMatchObject({ status: 'success', outputs: { only: 'early' } });
    expect(clock.pending).toEqual([]);
    contexts[0].run.after(10, () => log.push('rings'));
    expect(clock.pending).toEqual([]);
    await clock.runAll();
    expect(log).toEqual([]);
  });
});
