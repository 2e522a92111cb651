import {
  OnError,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  type Ctx,
  type Failure,
  type Run,
} from 'stepstream';
import { describe, expect, it, vi } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

type Empty = Record<string, never>;

describe('an instance with shutdown hooks only', () => {
  it('runs, and shuts down after the run (G.1)', { timeout: 1_000 }, async () => {
    const seen: string[] = [];
    class Closing extends Pipeline<Empty> {
      @Step()
      work(): void {
        seen.push('work');
      }
      @OnShutdown()
      shutDown(): void {
        seen.push('shutDown');
      }
    }
    expect((await new Closing().run({}).result).status).toBe('success');
    expect(seen).toEqual(['work', 'shutDown']);
  });
});

describe('a cancel from inside an event or a body', () => {
  it('keeps a step from beginning when a listener of its step-start cancels (F.1)', async () => {
    const seen: boolean[] = [];
    class Sample extends Pipeline<Empty> {
      @Step()
      async work({ signal }: Ctx<this>): Promise<void> {
        seen.push(signal.aborted);
        if (!signal.aborted) await sleep(200);
      }
    }
    const run = new Sample().run({});
    run.on('step-start', () => void run.cancel());
    const result = await run.result;
    expect(result.status).toBe('cancelled');
    expect(result.ledger.work.status).toBe('cancelled');
    expect(seen).not.toContain(false);
    expect(result.duration).toBeLessThan(150);
  });

  it('starts no sibling any more when the body of one cancels the run (C.1, F.1)', async () => {
    const seen: string[] = [];
    class Sample extends Pipeline<Empty> {
      @Step({ to: ['first', 'second'] })
      split(): void {}
      @Step()
      first(): void {
        void run.cancel();
      }
      @Step()
      async second(): Promise<void> {
        seen.push('second');
        await sleep(200);
      }
    }
    const run: Run<Sample> = new Sample().run({});
    const { ledger, duration } = await run.result;
    expect(seen).toEqual([]);
    expect(ledger).toMatchObject({ first: { status: 'cancelled' }, second: { status: 'not taken', why: 'ended' } });
    expect(duration).toBeLessThan(150);
  });

  it('makes no further attempt when a listener of step-retry cancels (F.1)', async () => {
    const seen: number[] = [];
    class Sample extends Pipeline<Empty> {
      @Step({ retry: 2 })
      async work({ attempt }: Ctx<this>): Promise<void> {
        seen.push(attempt);
        throw new Error('no');
      }
    }
    const run = new Sample().run({});
    run.on('step-retry', () => void run.cancel());
    expect((await run.result).status).toBe('cancelled');
    expect(seen).toEqual([1]);
  });

  it('calls no handler when a listener of token-reset or step-error cancels (D.2)', async () => {
    const seen: string[] = [];
    class Sample extends Pipeline<Empty> {
      @Step()
      async work(): Promise<void> {
        throw new Error('no');
      }
      @OnError()
      onFail(): void {
        seen.push('handler');
      }
    }
    const run = new Sample().run({});
    run.on('step-error', () => void run.cancel());
    expect((await run.result).status).toBe('cancelled');
    expect(seen).toEqual([]);
  });
});

describe('a cancel during startup', () => {
  it('leaves run-end the last event of the cancelled run (promise 1, G.2)', async () => {
    const started = gate();
    class Slow extends Pipeline<Empty> {
      @OnStartup()
      async connect({ signal }: { readonly signal: AbortSignal }): Promise<void> {
        started.open();
        await whenAborted(signal);
      }
      @Step()
      work(): void {}
    }
    const slow = new Slow();
    const events = recordEvents(slow);
    const run = slow.run({});
    await started.promise;
    await run.cancel();
    await sleep(20);
    expect(events.at(-1)?.type).toBe('run-end');
  });

  it('leaves run-end the last event of one of two waiting runs (promise 1, G.2)', async () => {
    const started = gate();
    const up = gate();
    class Slow extends Pipeline<Empty> {
      @OnStartup()
      async connect(): Promise<void> {
        started.open();
        await up.promise;
      }
      @Step()
      work(): void {}
    }
    const slow = new Slow();
    const run = slow.run({});
    const other = slow.run({});
    const events = recordEvents(run);
    await started.promise;
    await run.cancel();
    up.open();
    await other.result;
    expect(events.map(({ type }) => type)).toEqual(['run-start', 'hook-start', 'run-end']);
  });
});

describe('hostile bodies', () => {
  it(
    'fails a step whose output has a then-getter that throws, and the run ends (promise 2)',
    { timeout: 1_000 },
    async () => {
      class Sample extends Pipeline<Empty> {
        @Step()
        work(): object {
          return {
            get then(): never {
              throw new Error('not even a look');
            },
          };
        }
      }
      expect(await outcomeOf(new Sample().run({}))).toMatchObject({
        status: 'failed',
        ledger: { work: { status: 'failed' } },
      });
    },
  );

  it('fails a step whose thenable throws at once (promise 2)', { timeout: 1_000 }, async () => {
    class Sample extends Pipeline<Empty> {
      @Step()
      work(): object {
        return {
          then(): never {
            throw new Error('no promise');
          },
        };
      }
    }
    expect((await outcomeOf(new Sample().run({}))).status).toBe('failed');
  });

  it('fails a step that throws an error whose message throws (promise 2)', { timeout: 1_000 }, async () => {
    class Evil extends Error {
      override get message(): string {
        throw new Error('no message');
      }
    }
    class Sample extends Pipeline<Empty> {
      @Step()
      async work(): Promise<void> {
        throw new Evil();
      }
    }
    expect((await outcomeOf(new Sample().run({}))).status).toBe('failed');
  });

  it('fails a step that throws a revoked proxy (promise 2)', { timeout: 1_000 }, async () => {
    class Sample extends Pipeline<Empty> {
      @Step()
      async work(): Promise<void> {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      }
    }
    expect((await outcomeOf(new Sample().run({}))).status).toBe('failed');
  });
});

describe('retry.when', () => {
  it(
    'that gives no boolean counts as what JavaScript makes of it: truthy tries again (D.3)',
    { timeout: 1_000 },
    async () => {
      const seen: number[] = [];
      class Sample extends Pipeline<Empty> {
        @Step({ retry: { attempts: 2, when: (() => 503) as unknown as () => boolean } })
        work({ attempt }: Ctx<this>): void {
          seen.push(attempt);
          throw new Error('busy');
        }
      }
      const { errors } = await outcomeOf(new Sample().run({}));
      expect(seen).toEqual([1, 2]);
      expect(errors[0].message).toContain('busy');
    },
  );

  it(
    'that gives undefined tries no further, and the failure is that of the step (D.3)',
    { timeout: 1_000 },
    async () => {
      class Sample extends Pipeline<Empty> {
        @Step({ retry: { attempts: 2, when: (() => undefined) as unknown as () => boolean } })
        work(): void {
          throw new Error('busy');
        }
      }
      const { errors } = await outcomeOf(new Sample().run({}));
      expect(errors[0].message).toContain('busy');
    },
  );
});

describe('a handler that throws', () => {
  it('the very error it was given leaves that error as it was (D.2, D.5)', async () => {
    const mine = new Error('mine');
    class Sample extends Pipeline<Empty> {
      @Step()
      work(): void {
        throw mine;
      }
      @OnError()
      onFail({ error }: Failure<this>): void {
        throw error;
      }
    }
    const { error } = await outcomeOf(new Sample().run({}));
    expect(error?.cause).toBe(mine);
    expect(mine.cause).toBeUndefined();
  });

  it('an error of its own with the first as cause is passed on as it is (D.2, D.5)', async () => {
    const first = new Error('first');
    const friendlier = new Error('friendlier', { cause: first });
    class Sample extends Pipeline<Empty> {
      @Step()
      work(): void {
        throw first;
      }
      @OnError()
      onFail(): void {
        throw friendlier;
      }
    }
    expect((await outcomeOf(new Sample().run({}))).error?.cause).toBe(friendlier);
  });
});

describe('a body that was left behind', () => {
  it('leaves no timer behind: its own limits end with its run (promise 12)', async () => {
    vi.useFakeTimers();
    try {
      const began = gate();
      class Deaf extends Pipeline<Empty> {
        static readonly pipeline = { cancelGrace: 20 };
        @Step({ timeout: 60_000 })
        async work(): Promise<void> {
          began.open();
          await new Promise(() => undefined);
        }
      }
      const run = new Deaf().run({});
      await began.promise;
      const cancelled = run.cancel();
      await vi.advanceTimersByTimeAsync(20);
      await cancelled;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('writing into an input', () => {
  it('names the step and the remedy (B.1)', async () => {
    class Sample extends Pipeline<Empty> {
      @Step({ to: 'sort' })
      load(): { hits: number[] } {
        return { hits: [3, 1, 2] };
      }
      @Step()
      sort({ input }: Ctx<this, { hits: number[] }>): void {
        input.hits.sort();
      }
    }
    const { error } = await outcomeOf(new Sample().run({}));
    expect(error?.message).toMatch(/sort/);
    expect(error?.message).toMatch(/structuredClone|toSorted/);
  });
});

describe('leaving run.tokens() by a reset', () => {
  it('rejects only after the run has ended, hooks included (D.4, F.1)', async () => {
    const seen: string[] = [];
    class Sample extends Pipeline<Empty> {
      @OnStartup()
      startUp(): void {}
      @Streaming({ retry: 2 })
      async *speak(): AsyncGenerator<string> {
        yield 'half';
        await sleep(1);
        throw new Error('cut');
      }
      @OnShutdown()
      async shutDown(): Promise<void> {
        await sleep(10);
        seen.push('closed');
      }
    }
    const run = new Sample().run({});
    await expect(async () => {
      for await (const token of run.tokens()) seen.push(token);
    }).rejects.toThrow(/stopped counting/);
    seen.push('next statement');
    expect(seen).toEqual(['half', 'closed', 'next statement']);
  });
});
