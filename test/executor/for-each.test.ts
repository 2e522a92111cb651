import { ForEach, Pipeline, skip, Step, stop, Streaming, type Ctx, type Each, type Skip, type Stop } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate, type Gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

/** Yields to the event loop for a random, short while. */
const wander = (): Promise<void> =>
  Math.random() < 0.5 ? sleep(Math.random() * 3) : new Promise((resolve) => setImmediate(resolve));

describe('an each', () => {
  it('runs once per item, all results in the order of the items, and the step behind it once (B045, B049)', async () => {
    const seen: unknown[] = [];
    class Squares extends Pipeline<object> {
      @Step({ to: 'square' })
      load(): number[] {
        return [3, 1, 2];
      }
      @ForEach({ to: 'sum' })
      async square({ item, index, input }: Each<this, number>): Promise<number> {
        await sleep(item * 5);
        seen.push([item, index, input]);
        return item * item;
      }
      @Step()
      sum({ input }: Ctx<this, number[]>): number {
        return input.reduce((a, b) => a + b, 0);
      }
    }
    const run = new Squares().run({});
    const events = await eventsOf(run);
    const { outputs, ledger } = await run.result;
    expect(outputs).toEqual({ load: [3, 1, 2], square: [9, 1, 4], sum: 14 });
    expect(seen.sort()).toEqual([
      [1, 1, [3, 1, 2]],
      [2, 2, [3, 1, 2]],
      [3, 0, [3, 1, 2]],
    ]);
    expect(ledger.square).toEqual({ status: 'done', visits: ['done'], items: { done: 3 } });
    expect(events.filter((event) => 'step' in event && event.step === 'sum')).toHaveLength(2);
  });

  it('gives results in the order of the items, however long each takes, at every concurrency', async () => {
    for (const concurrency of [1, 2, 3, 7, 16, 100]) {
      let active = 0;
      let most = 0;
      class Random extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): number[] {
          return numbers(60);
        }
        @ForEach({ concurrency })
        async work({ item }: Each<this, number>): Promise<string> {
          most = Math.max(most, ++active);
          await wander();
          active--;
          return `result ${item}`;
        }
      }
      const { outputs, ledger } = await new Random().run({}).result;
      expect(outputs.work).toEqual(numbers(60).map((item) => `result ${item}`));
      expect(ledger.work.items).toEqual({ done: 60 });
      // Never exceeded, and used up (B047).
      expect(most).toBe(Math.min(concurrency, 60));
    }
  });

  it('keeps `concurrency` items busy: a place that is free is taken at once, in order (B047)', async () => {
    const gates = new Map<number, Gate<void>>();
    const begun: number[] = [];
    class Busy extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(7);
      }
      @ForEach({ concurrency: 3 })
      async work({ index }: Each<this, number>): Promise<number> {
        begun.push(index);
        const own = gate();
        gates.set(index, own);
        await own.promise;
        return index;
      }
    }
    const run = new Busy().run({});
    const settle = () => sleep(3);
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    gates.get(1)!.open();
    await settle();
    expect(begun).toEqual([0, 1, 2, 3]);
    gates.get(3)!.open();
    gates.get(2)!.open();
    await settle();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    for (const index of [5, 4, 0]) gates.get(index)!.open();
    await settle();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    gates.get(6)!.open();
    expect((await run.result).outputs.work).toEqual(numbers(7));
  });

  it('runs 16 items at once by default (E.4)', async () => {
    let active = 0;
    let most = 0;
    class Default extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(40);
      }
      @ForEach()
      async work(_: Each<this, number>): Promise<void> {
        most = Math.max(most, ++active);
        await sleep(1);
        active--;
      }
    }
    await new Default().run({}).result;
    expect(most).toBe(16);
  });

  it('is strictly sequential in item order with concurrency 1 (B047)', async () => {
    const trail: string[] = [];
    class OneByOne extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): string[] {
        return ['a', 'b', 'c'];
      }
      @ForEach({ concurrency: 1 })
      async work({ item }: Each<this, string>): Promise<void> {
        trail.push(`${item} begins`);
        await wander();
        trail.push(`${item} ends`);
      }
    }
    await new OneByOne().run({}).result;
    expect(trail).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('counts its own items only: two runs of one instance don’t share the concurrency of an each (F.5)', async () => {
    let active = 0;
    let most = 0;
    class Own extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(6);
      }
      @ForEach({ concurrency: 2 })
      async work(_: Each<this, number>): Promise<void> {
        most = Math.max(most, ++active);
        await sleep(2);
        active--;
      }
    }
    const own = new Own();
    await Promise.all([own.run({}).result, own.run({}).result]);
    expect(most).toBe(4);
  });

  it('over nothing has an empty array as its output, in the order of every each: start, end, follower (B048)', async () => {
    class Empty extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [];
      }
      @ForEach({ to: 'after' })
      work({ item }: Each<this, number>): number {
        return item;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): number {
        return input.length;
      }
    }
    const run = new Empty().run({});
    const events = await eventsOf(run);
    const { outputs, ledger } = await run.result;
    expect(outputs).toEqual({ load: [], work: [], after: 0 });
    expect(ledger.work).toMatchObject({ status: 'done', visits: ['done'] });
    expect(events.flatMap((event) => ('step' in event ? `${event.type} ${event.step}` : []))).toEqual([
      'step-start load',
      'step-end load',
      'step-start work',
      'step-end work',
      'step-start after',
      'step-end after',
    ]);
  });

  it('tells of itself without, and of its items with an index; each begun thing is ended once', async () => {
    class Told extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): string[] {
        return ['x', 'y'];
      }
      @ForEach({ concurrency: 1 })
      work({ item }: Each<this, string>): string {
        return item.toUpperCase();
      }
    }
    const run = new Told().run({});
    const events = await eventsOf(run);
    const work = events.filter((event) => 'step' in event && event.step === 'work');
    expect(work.map((event) => [event.type, 'index' in event ? event.index : 'whole'])).toEqual([
      ['step-start', 'whole'],
      ['step-start', 0],
      ['step-end', 0],
      ['step-start', 1],
      ['step-end', 1],
      ['step-end', 'whole'],
    ]);
    expect(work.map((event) => ('output' in event ? event.output : undefined)).filter(Boolean)).toEqual([
      'X',
      'Y',
      ['X', 'Y'],
    ]);
    for (const event of work) expect(event).toMatchObject({ path: [], visit: 1, attempt: 1, pipeline: 'Told' });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
  });

  it('always has its item and index, whatever the method takes besides (B056)', async () => {
    const seen: unknown[] = [];
    class Sees extends Pipeline<{ note: string }, { tenant: string }> {
      @Step({ to: 'work' })
      load(): string[] {
        return ['only'];
      }
      @ForEach()
      work({ item, index, state, context, step, attempt, runId, outputs }: Each<this, string>): void {
        seen.push(item, index, state.note, context.tenant, step, attempt, runId, outputs);
      }
    }
    await new Sees().run({ note: 'n' }, { id: 'r1', context: { tenant: 't' } }).result;
    expect(seen).toEqual(['only', 0, 'n', 't', 'work', 1, 'r1', { load: ['only'] }]);
  });

  it('may have undefined results: they are kept as they are (A.6)', async () => {
    class Sparse extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1, 2];
      }
      @ForEach()
      work({ item }: Each<this, number>): number | undefined {
        return item === 1 ? undefined : item;
      }
    }
    expect((await new Sparse().run({}).result).outputs.work).toEqual([0, undefined, 2]);
  });

  it('gives frozen items and frozen results, each a copy (B.1)', async () => {
    const kept: { n: number }[] = [{ n: 1 }];
    class Frozen extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): { n: number }[] {
        return kept;
      }
      @ForEach({ to: 'after' })
      work({ item }: Each<this, { n: number }>): { n: number } {
        expect(Object.isFrozen(item)).toBe(true);
        return item;
      }
      @Step()
      after({ input }: Ctx<this, { n: number }[]>): boolean {
        return Object.isFrozen(input) && Object.isFrozen(input[0]);
      }
    }
    const { outputs } = await new Frozen().run({}).result;
    expect(outputs.after).toBe(true);
    expect(Object.isFrozen(kept[0])).toBe(false);
  });

  it('joins: it waits for all its parents, and its items are those of the first in plan order', async () => {
    class Joined extends Pipeline<object> {
      @Step({ to: ['left', 'right'] })
      begin(): void {}
      @Step({ to: 'work' })
      left(): string[] {
        return ['l1', 'l2'];
      }
      @Step({ to: 'work' })
      async right(): Promise<string[]> {
        await sleep(5);
        return ['r1'];
      }
      @ForEach()
      work({ item, input }: Each<this, string>): string {
        return `${item} of ${JSON.stringify(input)}`;
      }
    }
    const { outputs } = await new Joined().run({}).result;
    expect(outputs.work).toEqual(['l1 of ["l1","l2"]', 'l2 of ["l1","l2"]']);
  });

  it('waits for its own items only, beside another each and a plain step before one join (B044, B061)', async () => {
    class Both extends Pipeline<object> {
      @Step({ to: ['slow', 'fast', 'plain'] })
      load(): number[] {
        return [1, 2, 3];
      }
      @ForEach({ to: 'join' })
      async slow({ item }: Each<this, number>): Promise<number> {
        await sleep(item * 4);
        return item;
      }
      @ForEach({ to: ['join', 'early'] })
      fast({ item }: Each<this, number>): number {
        return item * 10;
      }
      @Step({ to: 'join' })
      plain(): string {
        return 'plain';
      }
      @Step()
      early({ input, outputs }: Ctx<this, number[]>): unknown {
        return [input, 'slow' in outputs];
      }
      @Step()
      join({ inputs }: { inputs: { slow: number[]; fast: number[]; plain: string } } & Ctx<this>): unknown {
        return inputs;
      }
    }
    const { outputs } = await new Both().run({}).result;
    expect(outputs.early).toEqual([[10, 20, 30], false]);
    expect(outputs.join).toEqual({ slow: [1, 2, 3], fast: [10, 20, 30], plain: 'plain' });
  });

  it('may follow an each directly: a chain per list, one each after the other', async () => {
    class Chain extends Pipeline<object> {
      @Step({ to: 'double' })
      load(): number[] {
        return numbers(30);
      }
      @ForEach({ to: 'text' })
      async double({ item }: Each<this, number>): Promise<number> {
        await wander();
        return item * 2;
      }
      @ForEach()
      async text({ item }: Each<this, number>): Promise<string> {
        await wander();
        return `${item}`;
      }
    }
    expect((await new Chain().run({}).result).outputs.text).toEqual(numbers(30).map((item) => `${item * 2}`));
  });

  it('is begun by a run’s entry only with an error that says what it needs', async () => {
    class Entry extends Pipeline<object> {
      @ForEach()
      work({ item }: Each<this, number>): number {
        return item;
      }
    }
    const { status, error } = await outcomeOf(new Entry().run({}));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'NOT_ITERABLE' });
    expect(error!.message).toContain('Entry.work: runs once per item of its input, and got nothing.');
  });
});

describe('an item', () => {
  it('that returns skip() is left out of the results; the others and the follower run (B051)', async () => {
    class Some extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(6);
      }
      @ForEach({ to: 'after' })
      work({ item }: Each<this, number>): number | Skip {
        return item % 2 ? skip() : item;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): number {
        return input.length;
      }
    }
    const run = new Some().run({});
    const events = await eventsOf(run);
    const { outputs, ledger, status } = await run.result;
    expect(status).toBe('success');
    expect(outputs).toMatchObject({ work: [0, 2, 4], after: 3 });
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3, skipped: 3 } });
    const skips = events.filter(({ type }) => type === 'step-skip');
    expect(skips.map((event) => 'index' in event && event.index)).toEqual([1, 3, 5]);
  });

  it('of which all are skipped leaves an empty array, and the follower runs', async () => {
    class None extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(3);
      }
      @ForEach({ to: 'after' })
      work(_: Each<this, number>): Skip {
        return skip();
      }
      @Step()
      after({ input }: Ctx<this, unknown[]>): unknown {
        return input;
      }
    }
    const { outputs, ledger } = await new None().run({}).result;
    expect(outputs.after).toEqual([]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { skipped: 3 } });
  });

  it('that returns stop() ends the pipeline: items that run end and count, no new one starts (B.4, B107)', async () => {
    const begun: number[] = [];
    class Stops extends Pipeline<{ seen: number[] }> {
      static readonly pipeline = { merge: { seen: 'append' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(20);
      }
      @ForEach({ to: 'after', concurrency: 3 })
      async work({ item, state }: Each<this, number>): Promise<number | Stop> {
        begun.push(item);
        await sleep(item === 1 ? 1 : 8);
        state.seen.push(item);
        return item === 1 ? stop() : item;
      }
      @Step()
      after(): void {}
    }
    const run = new Stops().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, outputs, ledger, state } = await run.result;
    expect(status).toBe('success');
    expect(begun).toEqual([0, 1, 2]);
    // A directive is no result.
    expect(outputs.work).toEqual([0, 2]);
    expect(state.seen).toEqual([0, 1, 2]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3 } });
    expect(ledger.after).toEqual({ status: 'not taken', visits: [], why: 'stopped' });
    expect(events.filter((event) => event.type === 'step-end' && event.index === undefined)).toHaveLength(2);
  });

  it('runs on after a stop() elsewhere, but no further item starts', async () => {
    const begun: number[] = [];
    class Elsewhere extends Pipeline<object> {
      @Step({ to: ['work', 'halt'] })
      load(): number[] {
        return numbers(9);
      }
      @ForEach({ concurrency: 2, to: 'after' })
      async work({ item }: Each<this, number>): Promise<number> {
        begun.push(item);
        await sleep(10);
        return item;
      }
      @Step()
      async halt(): Promise<Stop> {
        await sleep(3);
        return stop();
      }
      @Step()
      after(): void {}
    }
    const { status, outputs, ledger } = await new Elsewhere().run({}).result;
    expect(status).toBe('success');
    expect(begun).toEqual([0, 1]);
    expect(outputs.work).toEqual([0, 1]);
    expect(ledger.work).toMatchObject({ status: 'done', items: { done: 2 } });
    expect(ledger.after.why).toBe('stopped');
  });
});

describe('streaming items', () => {
  it('stream at once, each token with its index; their texts and outputs stand under their keys (B.6, B.7)', async () => {
    class Speaks extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): string[] {
        return ['ab', 'cd'];
      }
      @ForEach()
      async *speak({ item }: Each<this, string>): AsyncGenerator<string> {
        for (const letter of item) {
          await sleep(2);
          yield letter;
        }
      }
    }
    const run = new Speaks().run({});
    const events = await eventsOf(run);
    const { text, texts, outputs } = await run.result;
    const tokens = events.flatMap((event) => (event.type === 'token' ? [[event.index, event.value]] : []));
    expect(tokens.filter(([index]) => index === 0).map(([, value]) => value)).toEqual(['a', 'b']);
    expect(tokens.filter(([index]) => index === 1).map(([, value]) => value)).toEqual(['c', 'd']);
    expect(tokens.map(([index]) => index)).not.toEqual([0, 0, 1, 1]);
    expect(text).toBe(tokens.map(([, value]) => value).join(''));
    expect(texts).toEqual({ 'speak[0]': 'ab', 'speak[1]': 'cd' });
    expect(outputs.speak).toEqual(['ab', 'cd']);
  });

  it('are held by a consumer that is slow: never more than the lead and one per stream ahead (E.4)', async () => {
    let made = 0;
    class Fast extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): number[] {
        return numbers(8);
      }
      @ForEach({ concurrency: 4 })
      async *speak(_: Each<this, number>): AsyncGenerator<number> {
        for (let i = 0; i < 100; i++) {
          made++;
          yield i;
        }
      }
    }
    let read = 0;
    let most = 0;
    for await (const event of new Fast().run({})) {
      if (event.type === 'token') read++;
      if (read % 20 === 0) await sleep(0);
      most = Math.max(most, made - read);
    }
    expect(read).toBe(800);
    expect(most).toBeLessThanOrEqual(64 + 4 + 4);
  });
});

describe('an each of 100,000 items', () => {
  it('is read one event at a time: a bounded lead, flat memory, a few seconds', { timeout: 60_000 }, async () => {
    const count = 100_000;
    let begun = 0;
    class Huge extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(count);
      }
      @ForEach({ to: 'after' })
      work({ item }: Each<this, number>): number {
        begun++;
        return item + 1;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): number {
        return input.length;
      }
    }
    const run = new Huge().run({});
    const since = performance.now();
    let started = 0;
    let most = 0;
    let ended = 0;
    for await (const event of run) {
      if (event.type === 'step-start' && event.index !== undefined) started++;
      if (event.type === 'step-end' && event.step === 'work' && event.index === undefined)
        expect(event.output).toHaveLength(count);
      if (event.type === 'step-end' && event.step === 'work' && event.index !== undefined) ended++;
      most = Math.max(most, begun - started);
      if (started % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ended).toBe(count);
    expect(most).toBeLessThanOrEqual(64 + 16);
    expect((await run.result).outputs.after).toBe(count);
    expect(performance.now() - since).toBeLessThan(20_000);
  });

  it('that nobody reads runs as well, and timers have their turn', { timeout: 60_000 }, async () => {
    let beats = 0;
    class Unread extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(100_000);
      }
      @ForEach()
      async work({ item }: Each<this, number>): Promise<number> {
        if (item % 1000 === 0) await sleep(0);
        return item;
      }
    }
    const beat = setInterval(() => beats++, 1);
    const { outputs } = await new Unread().run({}).result;
    clearInterval(beat);
    expect(outputs.work).toHaveLength(100_000);
    expect(beats).toBeGreaterThan(5);
  });
});

describe('each listener', () => {
  it('hears what iterators read, with the index of the item', async () => {
    class Heard extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [5];
      }
      @ForEach()
      work({ item, emit, usage }: Each<this, number>): number {
        emit('progress', { item });
        usage({ model: 'm', input: 1, output: 2 });
        return item;
      }
    }
    const run = new Heard().run({});
    const events = recordEvents(run);
    const { usage } = await run.result;
    const ofItem = events.filter((event) => 'index' in event && event.index === 0);
    expect(ofItem.map(({ type }) => type)).toEqual(['step-start', 'custom', 'usage', 'step-end']);
    expect(usage).toEqual({ input: 1, output: 2, models: { m: { input: 1, output: 2 } } });
  });
});

describe('a streaming step before an each', () => {
  it('gives what it returns as items; its text is one value, not letters (B057)', async () => {
    class Lists extends Pipeline<object> {
      @Streaming({ to: 'work' })
      async *draft(): AsyncGenerator<string, string[]> {
        yield 'thinking';
        return ['a', 'b'];
      }
      @ForEach()
      work({ item }: Each<this, string>): string {
        return item;
      }
    }
    expect((await new Lists().run({}).result).outputs.work).toEqual(['a', 'b']);
  });
});
