import { LateIteratorError, Pipeline, Step, Streaming, type AnyRun } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

class Quick extends Pipeline<object> {
  @Step()
  work(): void {}
}

/** Speaks only when it is let: until then nothing but its start was said. */
class Slow extends Pipeline<object> {
  readonly go = gate();
  @Streaming()
  async *speak(): AsyncGenerator<string> {
    await this.go.promise;
    yield 'a';
    yield 'b';
  }
}

const immediately = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const later: readonly (readonly [string, () => Promise<void>])[] = [
  ['setImmediate', immediately],
  ['setTimeout 0', () => new Promise((resolve) => setTimeout(resolve, 0))],
  ['an awaited timer', () => sleep(5)],
];

describe('an iterator', () => {
  it.each(later)(
    'that comes after %s throws LateIteratorError, of a quick run and of a slow one (E.2)',
    async (_, wait) => {
      const slow = new Slow();
      for (const run of [new Quick().run({}), slow.run({})] as AnyRun[]) {
        await wait();
        await expect(run[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(LateIteratorError);
        await expect(run.tokens().next()).rejects.toThrow(/same turn as run\(\).*buffer.*result\.text/s);
      }
      slow.go.open();
    },
  );

  it.each(later)('that was made in time but reads first after %s is late too (E.2)', async (_, wait) => {
    const run = new Quick().run({});
    const iterator = run[Symbol.asyncIterator]();
    await wait();
    await expect(iterator.next()).rejects.toBeInstanceOf(LateIteratorError);
    // It has ended with that, as any iterator after an error.
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  it('that is late changes nothing: the run goes on and has its result (E.2)', async () => {
    const slow = new Slow();
    const run = slow.run({});
    await sleep(2);
    await expect(run.tokens().next()).rejects.toBeInstanceOf(LateIteratorError);
    slow.go.open();
    expect((await run.result).text).toBe('ab');
  });

  it('is in time after any number of microtasks, and reads from the first event, also of an ended run (E.2)', async () => {
    const run = new Quick().run({});
    await run.result;
    for (let i = 0; i < 100; i++) await Promise.resolve();
    const seqs: number[] = [];
    for await (const { seq } of run) seqs.push(seq);
    expect(seqs).toEqual([1, 2, 3, 4]);
  });

  it('of an ended run in the same turn throws its failure after run-end (E.2, E.5)', async () => {
    class Failing extends Pipeline<object> {
      @Step()
      work(): void {
        throw new Error('no');
      }
    }
    const run = new Failing().run({});
    await outcomeOf(run);
    const types: string[] = [];
    await expect(async () => {
      for await (const { type } of run) types.push(type);
    }).rejects.toMatchObject({ name: 'RunFailedError' });
    expect(types.at(-1)).toBe('run-end');
  });

  it('is in time in the turn of run() also when that is a callback of a timer or of I/O (E.2)', async () => {
    const started = gate<string[]>();
    setTimeout(() => {
      const run = new Quick().run({});
      void Promise.resolve().then(async () => {
        const types: string[] = [];
        for await (const { type } of run) types.push(type);
        started.open(types);
      }, started.fail);
    }, 1);
    expect(await started.promise).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
  });

  it('that comes late is let in while another one is attached, and reads from the oldest event kept (E.2)', async () => {
    const slow = new Slow();
    const run = slow.run({});
    const first = run[Symbol.asyncIterator]();
    expect((await first.next()).value).toMatchObject({ type: 'run-start' });
    await sleep(2);
    const second = run[Symbol.asyncIterator]();
    expect((await second.next()).value).toMatchObject({ type: 'step-start', seq: 2 });
    slow.go.open();
    await Promise.all([first.return?.(), second.return?.()]);
  });

  it('that comes after the other one has left is late again (E.2)', async () => {
    const slow = new Slow();
    const run = slow.run({});
    const first = run.events({ leave: 'detach' });
    await first.next();
    await first.return?.();
    await sleep(2);
    await expect(run.tokens().next()).rejects.toBeInstanceOf(LateIteratorError);
    slow.go.open();
    await run.result;
  });
});

describe('the option buffer', () => {
  it('keeps events for late iterators (E.2)', async () => {
    const run = new Quick().run({}, { buffer: 10 });
    await run.result;
    await sleep(2);
    const types: string[] = [];
    for await (const { type } of run) types.push(type);
    expect(types).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
  });

  it('keeps the newest: an iterator begins at the oldest event kept (E.2)', async () => {
    class Many extends Pipeline<object> {
      @Streaming()
      async *count(): AsyncGenerator<number> {
        for (let i = 1; i <= 100; i++) yield i;
      }
    }
    const run = new Many().run({}, { buffer: 5 });
    await run.result;
    await sleep(2);
    const seqs: number[] = [];
    for await (const { seq } of run) seqs.push(seq);
    // run-start, step-start, 100 tokens, step-end, run-end
    expect(seqs).toEqual([100, 101, 102, 103, 104]);
  });

  it('serves several late iterators, one after the other, each from where it says (E.2, E.3)', async () => {
    const run = new Quick().run({}, { buffer: 10 });
    await run.result;
    await sleep(2);
    for (const after of [0, 1, 3, 4]) {
      const seqs: number[] = [];
      for await (const { seq } of run.events({ after })) seqs.push(seq);
      expect(seqs).toEqual([1, 2, 3, 4].slice(after));
    }
  });

  it('never holds the steps back while nobody reads (E.2)', async () => {
    class Many extends Pipeline<object> {
      @Streaming()
      async *count(): AsyncGenerator<number> {
        for (let i = 1; i <= 1_000; i++) yield i;
      }
    }
    expect((await new Many().run({}, { buffer: 3 }).result).status).toBe('success');
  });

  it('may be attached before its first read, and be read later (E.2)', async () => {
    const run = new Quick().run({});
    const events = run.events().attach();
    await run.result.catch(() => undefined);
    await sleep(5);
    const types: string[] = [];
    for await (const { type } of events) types.push(type);
    expect(types[0]).toBe('run-start');
    expect(types.at(-1)).toBe('run-end');
    expect(() => new Quick().run({}).events().attach().attach()).not.toThrow();
  });

  it('that is attached too late says so at once (E.2)', async () => {
    const run = new Quick().run({});
    await run.result;
    await sleep(5);
    expect(() => run.events().attach()).toThrow(LateIteratorError);
  });
});
