import { OnError, OnShutdown, OnStartup, Pipeline, skip, Step, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

describe('an activation that waits for a retry, a slot or room', { timeout: 1_000 }, () => {
  it('is reported when a failure in a report of several aborts it: the run ends (F.3, promise 2)', async () => {
    class Failing extends Pipeline<object> {
      @Step({ to: ['b', 'c', 'waits'] })
      a(): void {}
      @Step()
      b(): void {}
      @Step()
      c(): void {
        throw new Error('no');
      }
      @Step({ retry: { attempts: 2, delay: 10_000 } })
      waits(): void {
        throw new Error('again');
      }
    }
    const { status, ledger } = await outcomeOf(new Failing().run({}));
    expect(status).toBe('failed');
    expect(ledger.waits.status).toBe('cancelled');
  });

  it('is reported when an any-join decides against it in a report of several (C.6, F.3)', async () => {
    class Race extends Pipeline<object> {
      @Step({ to: ['b', 'c', 'waits'] })
      a(): void {}
      @Step()
      b(): void {}
      @Step({ to: 'first' })
      c(): void {}
      @Step({ to: 'first', retry: { attempts: 2, delay: 10_000 } })
      waits(): void {
        throw new Error('again');
      }
      @Step({ join: 'any' })
      first(): void {}
    }
    const { status, ledger } = await new Race().run({}).result;
    expect(status).toBe('success');
    expect(ledger.waits.status).toBe('lost');
  });

  it('is reported when a listener cancels in the middle of a report (F.3)', async () => {
    class Skipping extends Pipeline<object> {
      @Step({ to: ['b', 'c', 'waits'] })
      a(): void {}
      @Step()
      b() {
        return skip();
      }
      @Step()
      c(): void {}
      @Step({ retry: { attempts: 2, delay: 10_000 } })
      waits(): void {
        throw new Error('again');
      }
    }
    const run = new Skipping().run({});
    run.on('step-skip', () => void run.cancel());
    expect((await run.result).status).toBe('cancelled');
  });
});

describe('a lone run that is left during startup', () => {
  it('has undone what had started before the statement after the loop (F.1, promise 4)', async () => {
    const seen: string[] = [];
    class Slow extends Pipeline<object> {
      @OnStartup()
      up(): void {
        seen.push('up');
      }
      @Step()
      work(): void {
        seen.push('work');
      }
      @OnShutdown()
      async down(): Promise<void> {
        await sleep(5);
        seen.push('down');
      }
    }
    const run = new Slow().run({});
    for await (const { type } of run) if (type === 'hook-end') break;
    seen.push('next statement');
    await sleep(20);
    expect(seen).toEqual(['up', 'down', 'next statement']);
  });
});

describe('close()', () => {
  it('called twice at once resolves both after shutdown (G.3)', async () => {
    const seen: string[] = [];
    class Opened extends Pipeline<object> {
      @OnStartup()
      up(): void {}
      @Step()
      work(): void {}
      @OnShutdown()
      async down(): Promise<void> {
        await sleep(5);
        seen.push('down');
      }
    }
    const opened = await new Opened().open();
    await Promise.all([1, 2].map(() => opened.close().then(() => seen.push('closed'))));
    expect(seen).toEqual(['down', 'closed', 'closed']);
  });
});

describe("a step's concurrency", () => {
  it('lets no body begin while the lead is full, however many slots come free (E.4, F.5)', async () => {
    const go = gate();
    const names = Array.from({ length: 200 }, (_, i) => `w${i}`);
    type Holding = Pipeline<{ hold: boolean }>;
    const Held = buildPipeline({
      name: 'Held',
      extends: Pipeline as never,
      steps: [
        { name: 'split', to: names },
        ...names.map((name) => ({
          name,
          options: { concurrency: 1 },
          body: {
            async [name]({ state }: { readonly state: { hold: boolean } }) {
              if (state.hold) await go.promise;
            },
          }[name],
        })),
      ],
    }) as unknown as new () => Holding;
    const held = new Held();
    const first = held.run({ hold: true });
    await sleep(5);
    const run = held.run({ hold: false });
    let begun = 0;
    run.on('step-start', () => begun++);
    const events = run[Symbol.asyncIterator]();
    await events.next();
    go.open();
    await first.result;
    await sleep(10);
    await events.return?.();
    expect(begun).toBeLessThanOrEqual(65);
  });
});

describe('a handler that returns a false stream', () => {
  it('whose next() resolves to nothing fails its step, and the run ends (promise 2)', { timeout: 1_000 }, async () => {
    class False extends Pipeline<object> {
      @Step({ onError: 'instead' })
      work(_: Ctx<this>): unknown {
        throw new Error('no');
      }
      @OnError()
      instead(): unknown {
        return {
          [Symbol.asyncIterator]() {
            return this;
          },
          next: () => Promise.resolve(undefined),
        };
      }
    }
    expect((await outcomeOf(new False().run({}))).status).toBe('failed');
  });
});
