import { Pipeline, skip, Step, stop, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf, shortly } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

interface Trail {
  seen: string[];
}

describe('a chain', () => {
  class Chain extends Pipeline<Trail> {
    @Step({ to: 'second' })
    first({ state, input }: Ctx<this>): number {
      state.seen.push(`first ${String(input)}`);
      return 1;
    }
    @Step({ to: 'third' })
    second({ state, input }: Ctx<this, number>): { n: number } {
      state.seen.push(`second ${input}`);
      return { n: input + 1 };
    }
    @Step()
    third({ state, input }: Ctx<this, { n: number }>): void {
      state.seen.push(`third ${input.n}`);
    }
  }

  it('gives each step the output of the one before it, and the entry undefined (B.2)', async () => {
    const { state, outputs } = await new Chain().run({ seen: [] }).result;
    expect(state.seen).toEqual(['first undefined', 'second 1', 'third 2']);
    expect(outputs).toEqual({ first: 1, second: { n: 2 } });
  });

  it('tells each start and end in turn, a state change before the end of its step (E.4)', async () => {
    expect(shortly(await eventsOf(new Chain().run({ seen: [] })))).toEqual([
      'run-start',
      ...['first', 'second', 'third'].flatMap((step) => [
        `step-start ${step}`,
        `state-change ${step}`,
        `step-end ${step}`,
      ]),
      'run-end success',
    ]);
  });
});

describe('a fan-out', () => {
  it('starts all branches at once, in plan order, before any of them goes on (C.1)', async () => {
    const seen: string[] = [];
    const go = gate();
    class Fan extends Pipeline<object> {
      @Step({ to: ['c', 'b'] })
      a(): void {}
      @Step()
      async b(): Promise<void> {
        seen.push('b starts');
        await go.promise;
        seen.push('b ends');
      }
      @Step()
      async c(): Promise<void> {
        seen.push('c starts');
        go.open();
        await go.promise;
        seen.push('c ends');
      }
    }
    await new Fan().run({}).result;
    expect(seen.slice(0, 2)).toEqual(['b starts', 'c starts']);
    expect(seen.slice(2).sort()).toEqual(['b ends', 'c ends']);
  });

  it('skip() closes the edges of the step and leaves its siblings alone (B.4)', async () => {
    class Skipping extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b() {
        return skip();
      }
      @Step()
      c(): string {
        return 'c';
      }
      @Step()
      d(): string {
        return 'd';
      }
    }
    const { status, ledger, outputs } = await new Skipping().run({}).result;
    expect(status).toBe('success');
    expect(ledger).toEqual({
      a: { status: 'done', visits: ['done'] },
      b: { status: 'skipped', visits: ['skipped'] },
      c: { status: 'done', visits: ['done'] },
      d: { status: 'not taken', visits: [], why: 'dead', by: 'b' },
    });
    expect(outputs).toEqual({ c: 'c' });
  });

  it('stop() starts nothing new and lets what is alive end by itself and commit (B.4)', async () => {
    const stopped = gate();
    const aborted: boolean[] = [];
    class Stopping extends Pipeline<Trail> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b() {
        stopped.open();
        return stop();
      }
      @Step({ to: 'd' })
      async c({ state, signal }: Ctx<this>): Promise<string> {
        await stopped.promise;
        await new Promise(setImmediate);
        aborted.push(signal.aborted);
        state.seen.push('c');
        return 'c';
      }
      @Step()
      d(_: Join<this, { b?: undefined; c?: string }>): void {}
    }
    const { status, state, ledger, outputs } = await new Stopping().run({ seen: [] }).result;
    expect(status).toBe('success');
    expect(aborted).toEqual([false]);
    expect(state.seen).toEqual(['c']);
    expect(outputs).toEqual({ c: 'c' });
    expect(ledger).toMatchObject({
      b: { status: 'done' },
      c: { status: 'done' },
      d: { status: 'not taken', why: 'stopped' },
    });
  });

  it('a failure after stop() still fails the run (B.4)', async () => {
    const stopped = gate();
    class Stopping extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step()
      b() {
        stopped.open();
        return stop();
      }
      @Step()
      async c(): Promise<void> {
        await stopped.promise;
        throw new Error('after the stop');
      }
    }
    const { status, error } = await outcomeOf(new Stopping().run({}));
    expect(status).toBe('failed');
    expect(error?.message).toContain('after the stop');
  });

  it('aborts the siblings of a failed step and starts none of its followers (D.1)', async () => {
    const seen: string[] = [];
    class Failing extends Pipeline<Trail> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      async b(): Promise<void> {
        throw new Error('b broke');
      }
      @Step({ to: 'd' })
      async c({ state, signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        state.seen.push('c after the abort');
        seen.push('c saw the abort');
      }
      @Step()
      d(): void {
        seen.push('d');
      }
    }
    const { status, state, ledger, errors } = await outcomeOf(new Failing().run({ seen: [] }));
    expect(status).toBe('failed');
    expect(seen).toEqual(['c saw the abort']);
    // A body that returns normally after it was aborted is cancelled, not done, and doesn't commit (A.2, D.6).
    expect(state.seen).toEqual([]);
    expect(ledger).toMatchObject({
      b: { status: 'failed' },
      c: { status: 'cancelled' },
      d: { status: 'not taken', why: 'ended' },
    });
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('Failing.b: b broke')]);
  });

  it('drops of one report what an earlier failure of it decided against (C.1)', async () => {
    class AtOnce extends Pipeline<Trail> {
      @Step({ to: ['b', 'c', 'd'] })
      a(): void {}
      @Step({ to: 'e' })
      b({ state }: Ctx<this>): void {
        state.seen.push('b');
      }
      @Step()
      c(): void {
        throw new Error('c broke');
      }
      @Step()
      d({ state }: Ctx<this>): void {
        state.seen.push('d');
      }
      @Step()
      e({ state }: Ctx<this>): void {
        state.seen.push('e');
      }
    }
    const { state, ledger } = await outcomeOf(new AtOnce().run({ seen: [] }));
    expect(state.seen).toEqual(['b']);
    expect(ledger).toMatchObject({
      b: { status: 'done' },
      c: { status: 'failed' },
      d: { status: 'cancelled' },
      e: { status: 'not taken', why: 'ended' },
    });
  });

  it('drops what an aborted sibling throws: the error is the first failure (D.1, F.3)', async () => {
    class Twice extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step()
      async b({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        throw new Error('second');
      }
      @Step()
      async c(): Promise<void> {
        throw new Error('first');
      }
    }
    const { error, errors, ledger } = await outcomeOf(new Twice().run({}));
    expect(error?.message).toContain('Twice.c: first');
    expect(errors).toEqual([error]);
    expect(ledger.b.status).toBe('cancelled');
  });
});
