import {
  call,
  ForEach,
  OnError,
  OnShutdown,
  Pipeline,
  skip,
  Step,
  stop,
  SubPipeline,
  suspend,
  type Ctx,
  type Each,
  type Failure,
  type Join,
  type Skip,
  type Stop,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

/** A source that notes what is asked of it. */
class Source {
  pulled = 0;
  trail: string[] = [];
  async *count(upTo: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < upTo; i++) {
        this.pulled++;
        await sleep(0);
        yield i;
      }
      this.trail.push('exhausted');
    } finally {
      await sleep(3);
      this.trail.push('closed');
    }
  }
}

describe('a lazy source of items', () => {
  it('is asked for items one by one, in order, never more than `concurrency` ahead (B.5)', async () => {
    const source = new Source();
    let ended = 0;
    let ahead = 0;
    class Lazy extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(30);
      }
      @ForEach({ concurrency: 4, to: 'after' })
      async work({ item, index }: Each<this, number>): Promise<number> {
        expect(item).toBe(index);
        ahead = Math.max(ahead, source.pulled - ended);
        await sleep(Math.random() * 3);
        ended++;
        return item * 2;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): number {
        return input.length;
      }
    }
    const { outputs, ledger } = await new Lazy().run({}).result;
    expect(outputs.work).toEqual(Array.from({ length: 30 }, (_, place) => place * 2));
    expect(outputs.after).toBe(30);
    // It is read, not kept.
    expect('load' in outputs).toBe(false);
    expect(ledger.work.items).toEqual({ done: 30 });
    // One may be asked for in the moment in which another has ended.
    expect(ahead).toBeLessThanOrEqual(4);
    expect(source.trail).toEqual(['exhausted', 'closed']);
  });

  it('of a step that is async, or returns an iterable, a Set, a Map or a stream, is one as well (B057)', async () => {
    const inputs: readonly (() => unknown)[] = [
      async () => new Set(['a', 'b']),
      () => new Map([['k', 1]]),
      async () => new Source().count(2),
      function* () {
        yield 'x';
        yield { y: 1 };
      },
      () => new Blob(['text']).stream(),
      () => ({
        [Symbol.asyncIterator]: () => {
          let n = 0;
          return {
            next: () => Promise.resolve(n < 2 ? { value: n++, done: false } : { value: undefined, done: true }),
          };
        },
      }),
    ];
    const outputs: unknown[] = [];
    for (const input of inputs) {
      class Any extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): Iterable<unknown> {
          return input() as Iterable<unknown>;
        }
        @ForEach()
        work({ item }: Each<this, unknown>): unknown {
          return item;
        }
      }
      const result = await outcomeOf(new Any().run({}));
      outputs.push(result.status === 'success' ? result.outputs.work : result.error!.message);
    }
    expect(outputs).toEqual([
      ['a', 'b'],
      [['k', 1]],
      [0, 1],
      ['x', { y: 1 }],
      expect.stringContaining('an item of work'),
      [0, 1],
    ]);
  });

  it('is refused as a string, an object or nothing, naming what to return (B057)', async () => {
    for (const [input, got] of [
      ['text', 'a string'],
      [5, 'a number'],
      [{ a: 1 }, 'an object'],
      [null, 'null'],
      [true, 'a boolean'],
    ] as const) {
      class Wrong extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): string[] {
          return input as unknown as string[];
        }
        @ForEach()
        work({ item }: Each<this, string>): string {
          return item;
        }
      }
      const { error, ledger } = await outcomeOf(new Wrong().run({}));
      expect(error).toMatchObject({ code: 'NOT_ITERABLE', step: 'work' });
      expect(error!.message).toBe(
        `Wrong.work: runs once per item of its input, and got ${got}. Return an array, or in process anything iterable, ` +
          'from the step before it: [text], Object.entries(record).',
      );
      expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'] });
    }
  });

  it('that goes to something else than one each is refused: it would be read twice (B.5)', async () => {
    class Twice extends Pipeline<object> {
      @Step({ to: ['work', 'other'] })
      load(): Iterable<number> {
        return new Set([1]);
      }
      @ForEach()
      work({ item }: Each<this, number>): number {
        return item;
      }
      @Step()
      other(): void {}
    }
    expect((await outcomeOf(new Twice().run({}))).error!.cause).toMatchObject({ code: 'NOT_PLAIN_DATA' });
  });

  it('may be empty', async () => {
    const source = new Source();
    class Empty extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(0);
      }
      @ForEach({ to: 'after' })
      work({ item }: Each<this, number>): number {
        return item;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): unknown {
        return input;
      }
    }
    const run = new Empty().run({});
    const events = await eventsOf(run);
    const { outputs, ledger } = await run.result;
    expect(outputs).toEqual({ work: [], after: [] });
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'] });
    // Items that it doesn't have are told by nobody.
    expect(events.filter((event) => 'index' in event)).toEqual([]);
  });

  it('is asked for no further item by a slow consumer (E.4)', async () => {
    const source = new Source();
    class Slow extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(400);
      }
      @ForEach({ concurrency: 2 })
      work({ item }: Each<this, number>): number {
        return item;
      }
    }
    let seen = 0;
    let ahead = 0;
    for await (const event of new Slow().run({})) {
      if (event.type === 'step-end' && event.index !== undefined) seen++;
      if (seen % 50 === 0) await sleep(4);
      ahead = Math.max(ahead, source.pulled - seen);
    }
    expect(seen).toBe(400);
    expect(ahead).toBeLessThanOrEqual(64);
  });
});

describe('a lazy source is closed, and its `finally` is over before the run is', () => {
  const expectClosed = async (
    source: Source,
    run: { result: Promise<{ status: string }>; cancel(): Promise<void> },
  ): Promise<string> => {
    const { status } = await outcomeOf(run as never);
    expect(source.trail).toEqual(['closed']);
    const { pulled } = source;
    await sleep(5);
    expect(source.pulled).toBe(pulled);
    expect(pulled).toBeLessThan(20);
    return status;
  };

  it('when an item fails', async () => {
    const source = new Source();
    class Fails extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(1e9);
      }
      @ForEach({ concurrency: 2 })
      async work({ item }: Each<this, number>): Promise<void> {
        await sleep(1);
        if (item === 3) throw new Error('no');
      }
    }
    expect(await expectClosed(source, new Fails().run({}))).toBe('failed');
  });

  it('when another step fails, and when an item returns stop()', async () => {
    for (const how of ['fail', 'stop'] as const) {
      const source = new Source();
      class Ends extends Pipeline<object> {
        @Step({ to: ['load', 'other'] })
        begin(): void {}
        @Step({ to: 'work' })
        load(): AsyncIterable<number> {
          return source.count(1e9);
        }
        @ForEach({ concurrency: 2 })
        async work({ item }: Each<this, number>): Promise<Stop | undefined> {
          await sleep(1);
          return how === 'stop' && item === 3 ? stop() : undefined;
        }
        @Step()
        async other(): Promise<void> {
          await sleep(8);
          if (how === 'fail') throw new Error('no');
        }
      }
      expect(await expectClosed(source, new Ends().run({}))).toBe(how === 'fail' ? 'failed' : 'success');
    }
  });

  it('when the run is cancelled, times out, or its loop is left', async () => {
    for (const how of ['cancel', 'timeout', 'break'] as const) {
      const source = new Source();
      class Endless extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): AsyncIterable<number> {
          return source.count(1e9);
        }
        @ForEach({ concurrency: 2 })
        async work(_: Each<this, number>): Promise<void> {
          await sleep(2);
        }
      }
      const run = new Endless().run({}, how === 'timeout' ? { timeout: 12 } : {});
      if (how === 'cancel') {
        await sleep(10);
        await run.cancel();
        expect(source.trail).toEqual(['closed']);
      } else if (how === 'break') {
        let items = 0;
        for await (const event of run)
          if (event.type === 'step-end' && event.index !== undefined && ++items === 4) break;
        expect(source.trail).toEqual(['closed']);
      }
      expect(await expectClosed(source, run)).toBe(how === 'timeout' ? 'timeout' : 'cancelled');
    }
  });

  it('when its branch has lost, without holding up the winner', async () => {
    const source = new Source();
    let wonAt: readonly string[] = [];
    class Race extends Pipeline<object> {
      @Step({ to: ['load', 'quick'] })
      begin(): void {}
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(1e9);
      }
      @ForEach({ concurrency: 2, to: 'first' })
      async work(_: Each<this, number>): Promise<void> {
        await sleep(1);
      }
      @Step({ to: 'first' })
      async quick(): Promise<string> {
        await sleep(8);
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { work?: undefined[]; quick?: string }>): string | undefined {
        wonAt = [...source.trail];
        return inputs.quick;
      }
    }
    const run = new Race().run({});
    expect(await expectClosed(source, run)).toBe('success');
    const { outputs, ledger } = await run.result;
    expect(outputs.first).toBe('quick');
    expect(wonAt).toEqual([]);
    expect(ledger.work.status).toBe('lost');
  });

  it('even while it is being asked: the pending item never begins, and its signal ends the wait', async () => {
    const trail: string[] = [];
    const asked = gate();
    class Stuck extends Pipeline<object> {
      @Step({ to: 'work' })
      load({ signal }: Ctx<this>): AsyncIterable<number> {
        return (async function* () {
          try {
            yield 0;
            asked.open();
            await whenAborted(signal);
            trail.push('the signal of the step that made it has aborted');
            yield 1;
          } finally {
            trail.push('closed');
          }
        })();
      }
      @ForEach({ concurrency: 2 })
      work({ item }: Each<this, number>): number {
        trail.push(`item ${item}`);
        return item;
      }
    }
    const run = new Stuck().run({});
    await asked.promise;
    const since = performance.now();
    await run.cancel();
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(trail).toEqual(['item 0', 'the signal of the step that made it has aborted', 'closed']);
    const { ledger, abandoned } = await run.result;
    expect(ledger.work).toEqual({ status: 'cancelled', visits: ['cancelled'], items: { done: 1 } });
    expect(abandoned).toEqual([]);
  });

  it('that ignores it is left behind when the grace is over, named in the result (F.2)', async () => {
    const asked = gate();
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 20 };
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return (async function* () {
          asked.open();
          await sleep(1_000);
          yield 1;
        })();
      }
      @ForEach()
      work({ item }: Each<this, number>): number {
        return item;
      }
    }
    const run = new Deaf().run({});
    await asked.promise;
    const since = performance.now();
    await run.cancel();
    expect(performance.now() - since).toBeLessThan(500);
    expect((await run.result).abandoned).toEqual(['work']);
  });

  it('before the hooks that surround the run (F.1)', async () => {
    const source = new Source();
    class Hooked extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(1e9);
      }
      @ForEach()
      async work(_: Each<this, number>): Promise<void> {
        await sleep(1);
      }
      @OnShutdown({ per: 'run' })
      flush(): void {
        source.trail.push('per run');
      }
      @OnShutdown()
      end(): void {
        source.trail.push('instance');
      }
    }
    const run = new Hooked().run({});
    await sleep(6);
    await run.cancel();
    expect(source.trail).toEqual(['closed', 'per run', 'instance']);
  });
});

describe('a lazy source that fails', () => {
  class Cursor extends Pipeline<object> {
    handled: string[] = [];
    @Step({ to: 'work' })
    load(): AsyncIterable<number> {
      return (async function* () {
        yield 0;
        await sleep(2);
        throw new Error('the cursor is gone');
      })();
    }
    @ForEach({ onItemError: 'skip', onError: 'rescue' })
    work({ item }: Each<this, number>): number {
      return item;
    }
    @OnError()
    rescue({ error }: Failure<this>): number {
      this.handled.push(`${(error as Error).message}`);
      return -1;
    }
  }

  it('is the failure of the each, whatever becomes of failed items: those behind are lost', async () => {
    const cursor = new Cursor();
    const run = cursor.run({});
    const events = await eventsOf(run);
    const { status, error, ledger, errors } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(error!.message).toBe('Cursor.work: the source of its items has failed at item 1: the cursor is gone');
    expect(error!.cause).toEqual(new Error('the cursor is gone'));
    expect(errors).toEqual([error]);
    // No item of its own has failed, so no item's handler is asked.
    expect(cursor.handled).toEqual([]);
    expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'], items: { done: 1 } });
    expect(events.flatMap((event) => ('index' in event ? `${event.type} ${event.index}` : []))).toEqual([
      'step-start 0',
      'step-end 0',
    ]);
  });

  it('also before its first item, and when it makes no iterator at all', async () => {
    for (const source of [
      (async function* (): AsyncGenerator<number> {
        await sleep(0);
        throw new Error('at once');
      })(),
      {
        [Symbol.asyncIterator]: () => {
          throw new Error('at once');
        },
      } as AsyncIterable<number>,
    ]) {
      class Gone extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): AsyncIterable<number> {
          return source;
        }
        @ForEach()
        work({ item }: Each<this, number>): number {
          return item;
        }
      }
      const { status, error, ledger } = await outcomeOf(new Gone().run({}));
      expect(status).toBe('failed');
      expect(error!.cause).toEqual(new Error('at once'));
      expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'] });
    }
  });

  it('with an item that is no plain data fails that item only', async () => {
    class Dates extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): Set<unknown> {
        return new Set([1, new Date(0), 3]);
      }
      @ForEach({ onItemError: 'skip' })
      work({ item }: Each<this, unknown>): unknown {
        return item;
      }
    }
    const { outputs, errors } = await new Dates().run({}).result;
    expect(outputs.work).toEqual([1, 3]);
    expect(errors).toHaveLength(1);
    expect(errors[0].message).toContain('Dates.work[1]: an item of work');
  });
});

describe('an item of a lazy source', () => {
  it('is asked for once, and every attempt gets it (D.3)', async () => {
    const source = new Source();
    const seen: string[] = [];
    class Retries extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return source.count(3);
      }
      @ForEach({ retry: 3, concurrency: 1 })
      work({ item, attempt }: Each<this, number>): number {
        seen.push(`${item}.${attempt}`);
        if (attempt <= item) throw new Error('again');
        return item;
      }
    }
    const { outputs } = await new Retries().run({}).result;
    expect(outputs.work).toEqual([0, 1, 2]);
    expect(source.pulled).toBe(3);
    expect(seen).toEqual(['0.1', '1.1', '1.2', '2.1', '2.2', '2.3']);
  });

  it('may be skipped', async () => {
    class Skips extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): AsyncIterable<number> {
        return new Source().count(5);
      }
      @ForEach()
      work({ item }: Each<this, number>): number | Skip {
        return item % 2 ? item : skip();
      }
    }
    expect((await new Skips().run({}).result).outputs.work).toEqual([1, 3]);
  });

  it('can’t suspend, nor can anything inside it: the rest of the source could not be found again (B.5)', async () => {
    class Asks extends Pipeline<object> {
      @Step()
      ask() {
        return suspend<string>('name?');
      }
    }
    class Directly extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): Set<number> {
        return new Set([1]);
      }
      @ForEach()
      work(_: Each<this, number>) {
        return suspend<string>('name?');
      }
    }
    class Nested extends Pipeline<object> {
      asks = new Asks();
      @Step({ to: 'work' })
      load(): Set<number> {
        return new Set([1]);
      }
      @SubPipeline(() => Asks, { each: true })
      work(_: Each<this, number>) {
        return call(this.asks, {});
      }
    }
    const direct = await outcomeOf(new Directly().run({}));
    expect(direct.error).toMatchObject({ code: 'DIRECTIVE_NOT_ALLOWED' });
    expect(direct.error!.message).toBe(
      'Directly.work[0]: returned suspend(), but the rest of a lazy source could not be found again. ' +
        'Return an array from the step before the each.',
    );
    const nested = await outcomeOf(new Nested().run({}));
    expect(nested.status).toBe('failed');
    expect(nested.errors[0]).toMatchObject({ code: 'DIRECTIVE_NOT_ALLOWED' });
  });
});
