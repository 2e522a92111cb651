import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

class Counting extends Pipeline<{ to: number }> {
  readonly made: number[] = [];
  @Streaming()
  async *count({ state }: Ctx<this>): AsyncGenerator<number> {
    for (let i = 1; i <= state.to; i++) {
      this.made.push(i);
      yield i;
    }
  }
}

describe('the events of a run', () => {
  it('are numbered 1, 2, 3 … and all say v, runId and pipeline (E.4)', async () => {
    const run = new Counting().run({ to: 3 }, { id: 'r1' });
    const events = await eventsOf(run);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const event of events) expect(event).toMatchObject({ v: 1, runId: 'r1', pipeline: 'Counting' });
    expect(events[0]).toMatchObject({ type: 'run-start', segment: 1 });
  });

  it('are plain data: JSON keeps them unchanged (A.6)', async () => {
    const events = await eventsOf(new Counting().run({ to: 2 }));
    expect(JSON.parse(JSON.stringify(events))).toEqual(events.map((event) => ({ ...event })));
  });

  it('carry the place of their step, and the time on all but tokens (B.6)', async () => {
    for (const event of await eventsOf(new Counting().run({ to: 1 }))) {
      if ('step' in event) expect(event).toMatchObject({ step: 'count', path: [], visit: 1, attempt: 1 });
      expect('at' in event).toBe(event.type !== 'token');
    }
  });
});

describe('two iterators', () => {
  it('each have their own place and read everything (E.3)', async () => {
    const run = new Counting().run({ to: 200 });
    const read = async (pause: boolean): Promise<number[]> => {
      const seqs: number[] = [];
      for await (const { seq } of run) {
        seqs.push(seq);
        if (pause && seq % 50 === 0) await sleep(1);
      }
      return seqs;
    };
    const [fast, slow] = await Promise.all([read(false), read(true)]);
    expect(fast).toEqual(Array.from({ length: 204 }, (_, i) => i + 1));
    expect(slow).toEqual(fast);
  });

  it('of which one leaves: the run goes on for the other (E.3)', async () => {
    const run = new Counting().run({ to: 200 });
    const whole = (async () => {
      let last = 0;
      for await (const token of run.tokens()) last = token;
      return last;
    })();
    for await (const event of run) if (event.type === 'token') break;
    expect(await whole).toBe(200);
    expect((await run.result).status).toBe('success');
  });

  it('of which the slow one leaves let the fast one go on at once (E.3)', async () => {
    const counting = new Counting();
    const run = counting.run({ to: 1_000 });
    const slow = run.tokens();
    const whole = (async () => {
      let last = 0;
      for await (const token of run.tokens()) last = token;
      return last;
    })();
    await slow.next();
    await sleep(5);
    expect(counting.made.length).toBeLessThanOrEqual(66);
    await slow.return?.();
    expect(await whole).toBe(1_000);
  });

  it('of which both leave cancel the run, with the last (E.3)', async () => {
    const run = new Counting().run({ to: 10_000 });
    const [first, second] = [run.tokens(), run.tokens()];
    await Promise.all([first.next(), second.next()]);
    await first.return?.();
    expect((await second.next()).value).toBe(2);
    await second.return?.();
    expect((await run.result).status).toBe('cancelled');
  });
});

describe('run.events()', () => {
  it("with leave: 'detach' lets the run go on when it is left (E.3)", async () => {
    const run = new Counting().run({ to: 500 });
    for await (const event of run.events({ leave: 'detach' })) if (event.type === 'token') break;
    const { status, state, outputs } = await run.result;
    expect({ status, state, outputs }).toEqual({ status: 'success', state: { to: 500 }, outputs: {} });
  });
});

describe('an iterator', () => {
  it('holds nothing before its first next() (E.2)', async () => {
    const run = new Counting().run({ to: 1_000 });
    run.tokens();
    run.events();
    run[Symbol.asyncIterator]();
    expect((await run.result).status).toBe('success');
  });

  it('gives its items in order to calls of next() that don’t wait for each other (E.3)', async () => {
    const tokens = new Counting().run({ to: 3 }).tokens();
    const results = await Promise.all(Array.from({ length: 6 }, () => tokens.next()));
    expect(results).toEqual([
      ...[1, 2, 3].map((value) => ({ value, done: false })),
      ...[1, 2, 3].map(() => ({ value: undefined, done: true })),
    ]);
  });

  it('left while calls of next() wait ends them all (E.3)', async () => {
    const go = gate();
    class Waiting extends Pipeline<object> {
      @Streaming()
      async *speak({ signal }: Ctx<this>): AsyncGenerator<string> {
        signal.addEventListener('abort', () => go.open());
        await go.promise;
        yield 'never read';
      }
    }
    const run = new Waiting().run({});
    const tokens = run.tokens();
    const waiting = [tokens.next(), tokens.next(), tokens.next()];
    await sleep(2);
    await tokens.return?.();
    for (const next of waiting) expect(await next).toEqual({ value: undefined, done: true });
    expect((await run.result).status).toBe('cancelled');
  });

  it('left twice ends once; afterwards next() is done (E.3)', async () => {
    const run = new Counting().run({ to: 100 });
    const ends: string[] = [];
    run.on('run-end', ({ status }) => ends.push(status));
    const tokens = run.tokens();
    await tokens.next();
    const done = { value: undefined, done: true };
    expect(await tokens.return?.()).toEqual(done);
    expect(await tokens.return?.()).toEqual(done);
    expect(await tokens.next()).toEqual(done);
    expect(ends).toEqual(['cancelled']);
  });

  it('left before its first next() holds and cancels nothing (E.2, E.3)', async () => {
    const run = new Counting().run({ to: 3 });
    const tokens = run.tokens();
    expect(await tokens.return?.()).toEqual({ value: undefined, done: true });
    expect(await tokens.next()).toEqual({ value: undefined, done: true });
    expect((await run.result).status).toBe('success');
  });

  it('thrown into leaves, ends the run and throws that error (E.3)', async () => {
    const run = new Counting().run({ to: 100 });
    const tokens = run.tokens();
    await tokens.next();
    const mine = new Error('mine');
    await expect(tokens.throw?.(mine)).rejects.toBe(mine);
    expect((await run.result).status).toBe('cancelled');
  });

  it('disposed of leaves: await using ends the run (E.3)', async () => {
    const run = new Counting().run({ to: 100 });
    const tokens = run.tokens();
    await tokens.next();
    await (tokens as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    expect((await run.result).status).toBe('cancelled');
  });

  it('left at the very first event runs no step (E.3, F.1)', async () => {
    const seen: string[] = [];
    class Chain extends Pipeline<object> {
      @Step({ to: 'second' })
      async first(): Promise<void> {
        seen.push('first');
        await sleep(1);
      }
      @Step()
      second(): void {
        seen.push('second');
      }
    }
    const run = new Chain().run({});
    for await (const { type } of run) {
      expect(type).toBe('run-start');
      break;
    }
    expect((await run.result).status).toBe('cancelled');
    expect(seen).not.toContain('second');
  });

  it('left at run-end cancels nothing, and the result still says how it ended (E.3, E.5)', async () => {
    const run = new Counting().run({ to: 3 });
    for await (const { type } of run) if (type === 'run-end') break;
    expect((await run.result).status).toBe('success');
  });

  it('whose loop throws leaves: the run is cancelled, the error is the loop’s own (E.3)', async () => {
    const run = new Counting().run({ to: 100 });
    await expect(async () => {
      for await (const token of run.tokens()) if (token === 3) throw new Error('my loop');
    }).rejects.toThrow('my loop');
    expect((await outcomeOf(run)).status).toBe('cancelled');
  });

  it('is over after the failure it threw (E.5)', async () => {
    class Failing extends Pipeline<object> {
      @Step()
      work(): void {
        throw new Error('no');
      }
    }
    const iterator = new Failing().run({})[Symbol.asyncIterator]();
    for (let i = 0; i < 4; i++) expect((await iterator.next()).done).toBe(false);
    await expect(iterator.next()).rejects.toMatchObject({ name: 'RunFailedError' });
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });
});
