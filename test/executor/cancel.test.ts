import { getEventListeners } from 'node:events';
import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type Run } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

describe('the order of an end', () => {
  it('is signal, finally, per-run hooks, instance shutdown, run-end, next statement (F.1)', async () => {
    const seen: string[] = [];
    class Ordered extends Pipeline<object> {
      @OnStartup()
      up(): void {}
      @OnStartup({ per: 'run' })
      runUp(): void {}
      @Streaming()
      async *speak({ signal }: Ctx<this>): AsyncGenerator<string> {
        signal.addEventListener('abort', () => seen.push('signal'));
        try {
          for (;;) {
            yield 'token';
            await sleep(1);
          }
        } finally {
          await sleep(2);
          seen.push('finally');
        }
      }
      @OnShutdown({ per: 'run' })
      async runDown(): Promise<void> {
        await sleep(2);
        seen.push('per-run shutdown');
      }
      @OnShutdown()
      async down(): Promise<void> {
        await sleep(2);
        seen.push('instance shutdown');
      }
    }
    const run = new Ordered().run({});
    run.on('run-end', ({ status }) => seen.push(`run-end ${status}`));
    for await (const event of run) if (event.type === 'token') break;
    seen.push('next statement');
    expect(seen).toEqual([
      'signal',
      'finally',
      'per-run shutdown',
      'instance shutdown',
      'run-end cancelled',
      'next statement',
    ]);
  });

  it('aborts the signal of every live step before the finally of any (F.1)', async () => {
    const seen: string[] = [];
    class Two extends Pipeline<object> {
      @Step({ to: ['left', 'right'] })
      split(): void {}
      @Streaming()
      async *left({ signal }: Ctx<this>): AsyncGenerator<string> {
        signal.addEventListener('abort', () => seen.push('signal'));
        try {
          for (;;) yield '.';
        } finally {
          seen.push('finally');
        }
      }
      @Streaming()
      async *right({ signal }: Ctx<this>): AsyncGenerator<string> {
        signal.addEventListener('abort', () => seen.push('signal'));
        try {
          for (;;) yield '.';
        } finally {
          seen.push('finally');
        }
      }
    }
    let tokens = 0;
    for await (const _ of new Two().run({}).tokens()) if (++tokens === 10) break;
    expect(seen).toEqual(['signal', 'signal', 'finally', 'finally']);
  });

  it('a body that ignores its signal is abandoned, named in the result, bounded by the grace (F.2)', async () => {
    const began = gate();
    const late = gate();
    class Deaf extends Pipeline<{ seen: string[] }> {
      static readonly pipeline = { cancelGrace: 30 };
      @Step({ to: ['deaf', 'polite'] })
      split(): void {}
      @Step({ to: 'after' })
      async deaf({ state, emit }: Ctx<this>): Promise<string> {
        began.open();
        await late.promise;
        state.seen.push('too late');
        emit('too late');
        return 'too late';
      }
      @Step()
      async polite({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
      @Step()
      after(): void {}
    }
    const run = new Deaf().run({ seen: [] });
    const events = eventsOf(run);
    await began.promise;
    const before = performance.now();
    await run.cancel();
    const took = performance.now() - before;
    expect(took).toBeGreaterThan(20);
    expect(took).toBeLessThan(1_000);
    late.open();
    await sleep(5);
    const { status, abandoned, ledger, state, outputs } = await run.result;
    expect(status).toBe('cancelled');
    expect(abandoned).toEqual(['deaf']);
    expect(ledger).toMatchObject({ deaf: { status: 'abandoned' }, polite: { status: 'cancelled' } });
    expect(state.seen).toEqual([]);
    expect(outputs).toEqual({});
    const told = await events;
    expect(told.filter(({ type }) => type === 'custom')).toEqual([]);
    expect(told.find((event) => event.type === 'step-cancel' && event.step === 'deaf')).toMatchObject({
      why: 'abandoned',
    });
  });

  it('a generator whose finally never ends is bounded by the grace too (F.2)', async () => {
    class Stuck extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 20 };
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        try {
          for (;;) yield '.';
        } finally {
          await new Promise(() => undefined);
        }
      }
    }
    const run = new Stuck().run({});
    for await (const _ of run.tokens()) break;
    expect(await run.result).toMatchObject({ status: 'cancelled', abandoned: ['speak'] });
  });

  it('a loser that ignores its signal holds the end only for the grace (C.6, F.2)', async () => {
    class Race extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 20 };
      @Step({ to: ['quick', 'deaf'] })
      ask(): void {}
      @Step({ to: 'merge' })
      quick(): void {}
      @Step({ to: 'merge' })
      async deaf(): Promise<void> {
        await new Promise(() => undefined);
      }
      @Step({ join: 'any' })
      merge(): string {
        return 'merged';
      }
    }
    const { status, outputs, abandoned, ledger } = await new Race().run({}).result;
    expect(status).toBe('success');
    expect(outputs.merge).toBe('merged');
    expect(abandoned).toEqual(['deaf']);
    expect(ledger.deaf.status).toBe('abandoned');
  });
});

describe('a cancel', () => {
  class Chain extends Pipeline<object> {
    @Step({ to: 'second' })
    async first({ signal }: Ctx<this>): Promise<void> {
      await sleep(1);
      signal.throwIfAborted();
    }
    @Step()
    async second({ signal }: Ctx<this>): Promise<void> {
      await whenAborted(signal);
    }
  }

  it('by a signal that is already aborted starts no step; the result rejects with its reason (E.5, F.1)', async () => {
    const reason = new Error('never mind');
    const run = new Chain().run({}, { signal: AbortSignal.abort(reason) });
    await expect(run.result).rejects.toMatchObject({ name: 'AbortError', code: 'RUN_CANCELLED', cause: reason });
    const { status, ledger } = await outcomeOf(run);
    expect(status).toBe('cancelled');
    expect(ledger.first).toEqual({ status: 'not taken', visits: [], why: 'ended' });
  });

  it('by a signal between run() and the first microtask starts no step (E.1, F.1)', async () => {
    const controller = new AbortController();
    const run = new Chain().run({}, { signal: controller.signal });
    controller.abort();
    const types = (await eventsOf(run)).map(({ type }) => type);
    expect(types).toEqual(['run-start', 'run-end']);
  });

  it('by a signal during startup runs no step, and shuts down what had started (G.2)', async () => {
    const seen: string[] = [];
    const controller = new AbortController();
    class Starting extends Pipeline<object> {
      @OnStartup()
      first(): void {
        seen.push('first up');
      }
      @OnStartup()
      async second({ signal }: { readonly signal: AbortSignal }): Promise<void> {
        controller.abort();
        await whenAborted(signal);
        seen.push('second aborted');
        throw signal.reason;
      }
      @Step()
      work(): void {
        seen.push('work');
      }
      @OnShutdown()
      firstDown(): void {
        seen.push('first down');
      }
      @OnShutdown()
      secondDown(): void {
        seen.push('second down');
      }
    }
    const { status } = await outcomeOf(new Starting().run({}, { signal: controller.signal }));
    await sleep(5);
    expect(status).toBe('cancelled');
    expect(seen).toEqual(['first up', 'second aborted', 'first down']);
  });

  it('between two steps keeps the next from starting (F.1)', async () => {
    const run = new Chain().run({});
    run.on('step-end', () => void run.cancel());
    const { status, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(ledger).toMatchObject({ first: { status: 'done' }, second: { status: 'not taken', why: 'ended' } });
  });

  it('reaches a stream that back-pressure holds: it advances no more and its finally runs (F.1, E.4)', async () => {
    const made: number[] = [];
    const controller = new AbortController();
    class Counting extends Pipeline<object> {
      @Streaming()
      async *count(): AsyncGenerator<number> {
        try {
          for (let i = 1; ; i++) {
            made.push(i);
            yield i;
          }
        } finally {
          made.push(-1);
        }
      }
    }
    const run = new Counting().run({}, { signal: controller.signal });
    const tokens = run.tokens();
    await tokens.next();
    await sleep(5);
    const held = made.length;
    controller.abort();
    await outcomeOf(run);
    expect(held).toBeLessThanOrEqual(2);
    expect(made.slice(held)).toEqual([-1]);
  });

  it('inside a step body ends the run after that body (F.1)', async () => {
    class Cancelling extends Pipeline<{ seen: string[] }> {
      @Step({ to: 'after' })
      async work({ state, signal }: Ctx<this>): Promise<string> {
        void run.cancel('enough');
        expect(signal.aborted).toBe(true);
        await sleep(1);
        state.seen.push('work');
        return 'output';
      }
      @Step()
      after(): void {}
    }
    const run: Run<Cancelling> = new Cancelling().run({ seen: [] });
    const { status, state, ledger, outputs } = await run.result;
    expect(status).toBe('cancelled');
    expect(state.seen).toEqual([]);
    expect(outputs).toEqual({});
    expect(ledger).toMatchObject({ work: { status: 'cancelled' }, after: { why: 'ended' } });
  });

  it('awaited inside a step body waits for itself: only the grace gets it out (E.8, F.2)', async () => {
    class Waiting extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 20 };
      @Step()
      async work(): Promise<void> {
        await run.cancel();
      }
    }
    const run: Run<Waiting> = new Waiting().run({});
    expect(await run.result).toMatchObject({ status: 'cancelled', abandoned: ['work'] });
  });

  it('of an ended run does nothing, and a second one waits for the same end (E.7)', async () => {
    const run = new Chain().run({});
    const ends: string[] = [];
    run.on('run-end', ({ status }) => ends.push(status));
    await Promise.all([run.cancel('first'), run.cancel('second'), run.cancel()]);
    await run.cancel();
    expect(ends).toEqual(['cancelled']);
    expect((await run.result).error?.cause).toBe('first');
  });

  it('leaves no listener on the caller’s signal, whatever the outcome (promise 12)', async () => {
    const { signal } = new AbortController();
    class Ending extends Pipeline<{ fail: boolean }> {
      @Step()
      async work({ state }: Ctx<this>): Promise<void> {
        await sleep(1);
        if (state.fail) throw new Error('no');
      }
    }
    const ending = new Ending();
    const runs = [true, false].map((fail) => ending.run({ fail }, { signal }));
    const left = ending.run({ fail: false }, { signal });
    await Promise.all([...runs.map(outcomeOf), left.cancel()]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('gives each attempt its own signal: aborting one run touches no other (promise 9)', async () => {
    const began = gate();
    const seen: string[] = [];
    class Waiting extends Pipeline<{ name: string }> {
      @Step()
      async work({ state, signal }: Ctx<this>): Promise<string> {
        if (state.name === 'b') began.open();
        await Promise.race([whenAborted(signal), sleep(20)]);
        seen.push(`${state.name} ${signal.aborted}`);
        return state.name;
      }
    }
    const waiting = new Waiting();
    const a = waiting.run({ name: 'a' });
    const b = waiting.run({ name: 'b' });
    await began.promise;
    await a.cancel();
    expect((await b.result).status).toBe('success');
    expect(seen).toEqual(['a true', 'b false']);
  });
});
