import {
  call,
  ForEach,
  OnError,
  Pipeline,
  retry,
  skip,
  Step,
  StepError,
  stop,
  SubPipeline,
  type Ctx,
  type Each,
  type Failure,
  type Join,
  type Retry,
  type RunEvent,
  type Skip,
  type Stop,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

/** What happened to which item: `step-end 3`, `step-end *` for the each as a whole. */
const ofEach = (events: readonly object[], step: string): string[] =>
  (events as readonly RunEvent[])
    .filter((event) => 'step' in event && event.step === step)
    .map((event) => `${event.type} ${'index' in event ? event.index : '*'}`);

describe('a failing item', () => {
  it('fails the each, aborts the other items and starts no further one; the follower doesn’t run (B050, D.1)', async () => {
    const begun: number[] = [];
    const aborted: number[] = [];
    const failing = gate();
    class Fails extends Pipeline<{ seen: number[] }> {
      static readonly pipeline = { merge: { seen: 'append' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(10);
      }
      @ForEach({ to: 'after', concurrency: 3 })
      async work({ item, signal, state }: Each<this, number>): Promise<void> {
        begun.push(item);
        state.seen.push(item);
        if (item === 0) return;
        if (item === 2) {
          await failing.promise;
          throw new TypeError('odd');
        }
        if (begun.length === 4) failing.open();
        await whenAborted(signal);
        aborted.push(item);
      }
      @Step()
      after(): void {}
    }
    const run = new Fails().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, error, errors, ledger, state, outputs } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StepError);
    // The message names the item.
    expect(error!.message).toBe('Fails.work[2]: odd');
    expect(error).toMatchObject({ step: 'work', index: 2, code: 'STEP_FAILED' });
    expect(errors).toEqual([error]);
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(aborted.sort()).toEqual([1, 3]);
    // Nothing of a failed each is committed, also not of the items that ended well.
    expect(state.seen).toEqual([]);
    expect('work' in outputs).toBe(false);
    expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'], items: { done: 1, failed: 1, cancelled: 2 } });
    expect(ledger.after).toEqual({ status: 'not taken', visits: [], why: 'ended' });
    expect(ofEach(events, 'work')).toEqual([
      'step-start *',
      'step-start 0',
      'step-start 1',
      'step-start 2',
      'step-end 0',
      'step-start 3',
      'step-error 2',
      'step-error *',
      'step-cancel 1',
      'step-cancel 3',
    ]);
    const told = events.filter((event) => event.type === 'step-error');
    expect(told.map(({ error }) => [error.name, error.message])).toEqual([
      ['TypeError', 'odd'],
      ['TypeError', 'odd'],
    ]);
  });

  it('of several in one report the first in index order is the failure; the others are dropped (C.1)', async () => {
    const all = gate();
    class Both extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1, 2];
      }
      @ForEach()
      async work({ item }: Each<this, number>): Promise<void> {
        await all.promise;
        throw new Error(`no ${item}`);
      }
    }
    const run = new Both().run({});
    await sleep(2);
    all.open();
    const { error, errors, ledger } = await outcomeOf(run);
    expect(error!.message).toBe('Both.work[0]: no 0');
    expect(errors).toHaveLength(1);
    expect(ledger.work.items).toEqual({ failed: 1, cancelled: 2 });
  });
});

describe("onItemError: 'skip'", () => {
  it('leaves failed items out of the results and of the state; their errors stand in result.errors (B050)', async () => {
    class Skips extends Pipeline<{ seen: number[] }> {
      static readonly pipeline = { merge: { seen: 'append' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(6);
      }
      @ForEach({ to: 'after', onItemError: 'skip' })
      async work({ item, state }: Each<this, number>): Promise<number> {
        state.seen.push(item);
        await sleep(5 - item);
        if (item % 2) throw new Error(`no ${item}`);
        return item;
      }
      @Step()
      after({ input }: Ctx<this, number[]>): number {
        return input.length;
      }
    }
    const run = new Skips().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, outputs, errors, ledger, state } = await run.result;
    expect(status).toBe('success');
    expect(outputs).toMatchObject({ work: [0, 2, 4], after: 3 });
    expect(state.seen).toEqual([0, 2, 4]);
    expect(errors.map(({ message }) => message).sort()).toEqual([
      'Skips.work[1]: no 1',
      'Skips.work[3]: no 3',
      'Skips.work[5]: no 5',
    ]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3, failed: 3 } });
    expect(ofEach(events, 'work').filter((told) => told.startsWith('step-error'))).toHaveLength(3);
    expect(events.flatMap((event) => (event.type === 'step-error' ? event.handled : []))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('gives an empty array where all have failed', async () => {
    class None extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [1, 2];
      }
      @ForEach({ onItemError: 'skip' })
      work(_: Each<this, number>): number {
        throw new Error('no');
      }
    }
    const { outputs, errors } = await new None().run({}).result;
    expect(outputs.work).toEqual([]);
    expect(errors).toHaveLength(2);
  });

  it('takes back what a failed item has streamed, once, before its end (D.4)', async () => {
    class Speaks extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): string[] {
        return ['good', 'bad'];
      }
      @ForEach({ onItemError: 'skip', concurrency: 1 })
      async *speak({ item }: Each<this, string>): AsyncGenerator<string> {
        yield `${item} 1 `;
        yield `${item} 2 `;
        if (item === 'bad') throw new Error('cut');
      }
    }
    const run = new Speaks().run({});
    const events = await eventsOf(run);
    const { text, texts, outputs } = await run.result;
    expect(text).toBe('good 1 good 2 ');
    expect(texts).toEqual({ 'speak[0]': 'good 1 good 2 ' });
    expect(outputs.speak).toEqual(['good 1 good 2 ']);
    expect(ofEach(events, 'speak').slice(-5)).toEqual([
      'token 1',
      'token 1',
      'token-reset 1',
      'step-error 1',
      'step-end *',
    ]);
    const reset = events.find(({ type }) => type === 'token-reset');
    const lost = events.filter((event) => event.type === 'token' && event.index === 1);
    expect(reset).toMatchObject({ from: lost[0].seq, to: lost[1].seq, why: 'failed', index: 1 });
  });

  it('takes it back no second time when the each as a whole has lost', async () => {
    class Race extends Pipeline<object> {
      @Step({ to: ['load', 'quick'] })
      begin(): void {}
      @Step({ to: 'speak' })
      load(): string[] {
        return ['bad', 'good', 'slow'];
      }
      @ForEach({ onItemError: 'skip', concurrency: 1, to: 'first' })
      async *speak({ item, signal }: Each<this, string>): AsyncGenerator<string> {
        yield item;
        if (item === 'bad') throw new Error('cut');
        if (item === 'slow') await whenAborted(signal);
      }
      @Step({ to: 'first' })
      async quick(): Promise<string> {
        await sleep(15);
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { speak?: string[]; quick?: string }>): unknown {
        return inputs;
      }
    }
    const run = new Race().run({});
    const events = await eventsOf(run);
    const { text, outputs } = await run.result;
    expect(outputs.first).toEqual({ quick: 'quick' });
    expect(text).toBe('');
    const resets = events.flatMap((event) => (event.type === 'token-reset' ? [[event.index, event.why]] : []));
    expect(resets.sort()).toEqual([
      [0, 'failed'],
      [1, 'lost'],
      [2, 'lost'],
    ]);
  });
});

describe("onItemError: 'collect'", () => {
  it('runs all items, then fails with every error in the order of the items (B050)', async () => {
    const ran: number[] = [];
    class Collects extends Pipeline<{ seen: number[] }> {
      static readonly pipeline = { merge: { seen: 'append' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(6);
      }
      @ForEach({ to: 'after', onItemError: 'collect', concurrency: 6 })
      async work({ item, state }: Each<this, number>): Promise<number> {
        state.seen.push(item);
        await sleep(3 * (6 - item));
        ran.push(item);
        if (item % 2) throw new Error(`no ${item}`);
        return item;
      }
      @Step()
      after(): void {}
    }
    const run = new Collects().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, error, errors, ledger, state } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(ran).toHaveLength(6);
    expect(error).toMatchObject({ code: 'ITEMS_FAILED', step: 'work' });
    expect(error!.message).toBe(
      'Collects.work: 3 of its 6 items have failed: Collects.work[1]: no 1 See `cause.errors`, in the order of the items.',
    );
    const { errors: all } = error!.cause as AggregateError;
    expect(all.map((one: Error) => one.message)).toEqual([
      'Collects.work[1]: no 1',
      'Collects.work[3]: no 3',
      'Collects.work[5]: no 5',
    ]);
    expect(errors.at(-1)).toBe(error);
    expect(errors).toHaveLength(4);
    expect(state.seen).toEqual([]);
    expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'], items: { done: 3, failed: 3 } });
    expect(ledger.after.why).toBe('ended');
    expect(ofEach(events, 'work').at(-1)).toBe('step-error *');
  });

  it('is a success where none has failed, and is survived by an any-join like any failure (C.5)', async () => {
    for (const fails of [false, true]) {
      class Maybe extends Pipeline<object> {
        @Step({ to: ['load', 'other'] })
        begin(): void {}
        @Step({ to: 'work' })
        load(): number[] {
          return numbers(3);
        }
        @ForEach({ onItemError: 'collect', to: 'first' })
        work({ item }: Each<this, number>): number {
          if (fails && item === 1) throw new Error('no');
          return item;
        }
        @Step({ to: 'first' })
        async other(): Promise<string> {
          await sleep(15);
          return 'other';
        }
        @Step({ join: 'any' })
        first({ inputs }: Join<this, { work?: number[]; other?: string }>): unknown {
          return inputs;
        }
      }
      const { outputs } = await new Maybe().run({}).result;
      expect(outputs.first).toEqual(fails ? { other: 'other' } : { work: [0, 1, 2] });
    }
  });
});

describe('retry on an each', () => {
  it('is per item: only the failed one is tried again, and the others go on meanwhile (D.3, B052)', async () => {
    const calls: string[] = [];
    class Retries extends Pipeline<{ tries: number }> {
      static readonly pipeline = { merge: { tries: 'sum' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(3);
      }
      @ForEach({ retry: { attempts: 3, delay: 5 }, to: 'after' })
      work({ item, attempt, state }: Each<this, number>): string {
        calls.push(`${item}.${attempt}`);
        state.tries++;
        if (attempt <= item) throw new Error('again');
        return `${item} after ${attempt}`;
      }
      @Step()
      after({ input }: Ctx<this, string[]>): string[] {
        return [...input];
      }
    }
    const run = new Retries().run({ tries: 0 });
    const events = await eventsOf(run);
    const { outputs, state, ledger, errors } = await run.result;
    expect(outputs.after).toEqual(['0 after 1', '1 after 2', '2 after 3']);
    expect(calls).toEqual(['0.1', '1.1', '2.1', '1.2', '2.2', '2.3']);
    // Failed attempts leave no trace.
    expect(state.tries).toBe(3);
    expect(errors).toEqual([]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3 } });
    const retries = events.flatMap((event) => (event.type === 'step-retry' ? [[event.index, event.attempt]] : []));
    expect(retries).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
    // One start and one end each; the each ends last.
    expect(ofEach(events, 'work').filter((told) => told.startsWith('step-start'))).toHaveLength(4);
    expect(ofEach(events, 'work').at(-1)).toBe('step-end *');
  });

  it('says honestly what no longer counts, per item (D.4)', async () => {
    class Speaks extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): string[] {
        return ['a', 'b'];
      }
      @ForEach({ retry: 2 })
      async *speak({ item, attempt }: Each<this, string>): AsyncGenerator<string> {
        yield `${item}${attempt}`;
        await sleep(2);
        if (item === 'b' && attempt === 1) throw new Error('cut');
        yield '!';
      }
    }
    const run = new Speaks().run({});
    let seen: { seq: number; value: string; index: number | undefined }[] = [];
    for await (const event of run) {
      if (event.type === 'token') seen.push({ seq: event.seq, value: event.value, index: event.index });
      if (event.type === 'token-reset') {
        expect(event).toMatchObject({ index: 1, why: 'retry' });
        seen = seen.filter(({ seq, index }) => index !== event.index || seq < event.from || seq > event.to);
      }
    }
    const { text, outputs } = await run.result;
    expect(seen.map(({ value }) => value).join('')).toBe(text);
    expect(outputs.speak).toEqual(['a1!', 'b2!']);
  });

  it('gives its item up with the last attempt’s error, which names both', async () => {
    class Never extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [7];
      }
      @ForEach({ retry: 2 })
      work({ attempt }: Each<this, number>): void {
        throw new Error(`no ${attempt}`);
      }
    }
    const { error } = await outcomeOf(new Never().run({}));
    expect(error!.message).toBe('Never.work[0] (attempt 2): no 2');
  });

  it('is also asked for by retry() in an item', async () => {
    class Asks extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1];
      }
      @ForEach({ retry: 2 })
      work({ item, attempt }: Each<this, number>): number | Retry {
        return attempt <= item ? retry() : item;
      }
    }
    expect((await new Asks().run({}).result).outputs.work).toEqual([0, 1]);
  });
});

describe('timeout on an each', () => {
  it('is per item and attempt; the each itself takes as long as it takes (D.3, F.4)', async () => {
    class Timed extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(8);
      }
      @ForEach({ timeout: 60, concurrency: 1, onItemError: 'skip' })
      async work({ item, signal }: Each<this, number>): Promise<number> {
        if (item === 3) await whenAborted(signal);
        await sleep(12);
        return item;
      }
    }
    const { outputs, errors } = await new Timed().run({}).result;
    expect(outputs.work).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(errors).toHaveLength(1);
    expect(errors[0].message).toMatch(/^Timed\.work\[3\]: took longer than 60 ms\./);
  });

  it('leaves an item behind that ignores its signal, and never retries over it (D.3)', async () => {
    let calls = 0;
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 15 };
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1];
      }
      @ForEach({ timeout: 10, retry: 3, onItemError: 'skip' })
      async work({ item }: Each<this, number>): Promise<number> {
        calls++;
        if (item === 1) await sleep(100);
        return item;
      }
    }
    const { outputs, ledger, abandoned } = await new Deaf().run({}).result;
    expect(outputs.work).toEqual([0]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 1, abandoned: 1 } });
    expect(abandoned).toEqual(['work[1]']);
    expect(calls).toBe(2);
    await sleep(100);
  });
});

describe('handlers on an each', () => {
  it('stand in for an item: named, what they return is that item’s result (D.2)', async () => {
    class Rescued extends Pipeline<{ rescued: number[] }> {
      static readonly pipeline = { merge: { rescued: 'append' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(4);
      }
      @ForEach({ onError: 'rescue', retry: 2 })
      work({ item }: Each<this, number>): number {
        if (item % 2) throw new Error(`${item}`);
        return item;
      }
      @OnError()
      rescue({ error, state, attempt, failed }: Failure<this>): number {
        const item = Number((error as Error).message);
        state.rescued.push(item);
        expect([attempt, failed]).toEqual([2, 'work']);
        return -item;
      }
    }
    const run = new Rescued().run({ rescued: [] });
    const events = await eventsOf(run);
    const { outputs, ledger, state, errors } = await run.result;
    expect(outputs.work).toEqual([0, -1, 2, -3]);
    expect(state.rescued).toEqual([1, 3]);
    expect(errors).toEqual([]);
    expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 2, recovered: 2 } });
    const ends = events.flatMap((event) =>
      event.type === 'step-end' && event.index !== undefined ? [[event.index, event.status]] : [],
    );
    expect(ends.sort()).toEqual([
      [0, 'done'],
      [1, 'recovered'],
      [2, 'done'],
      [3, 'recovered'],
    ]);
  });

  it('know their item: a named handler has what every context of the step has', async () => {
    const seen: unknown[] = [];
    class Knows extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): string[] {
        return ['a', 'b'];
      }
      @ForEach({ onError: 'rescue' })
      work({ item }: Each<this, string>): string {
        throw new Error(item);
      }
      @OnError()
      rescue({ item, index }: Failure<this>): string {
        seen.push([item, index]);
        return item as string;
      }
    }
    expect((await new Knows().run({}).result).outputs.work).toEqual(['a', 'b']);
    expect(seen).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  it('may skip or stop: the catch-all of an item leaves it out, or ends the pipeline (D.2, B.4)', async () => {
    for (const how of ['skip', 'stop', 'nothing'] as const) {
      class Catches extends Pipeline<object> {
        @Step({ to: 'work' })
        load(): number[] {
          return numbers(3);
        }
        @ForEach({ to: 'after', concurrency: 1 })
        work({ item }: Each<this, number>): number {
          if (item === 1) throw new Error('no');
          return item;
        }
        @Step()
        after(): void {}
        @OnError()
        caught(): Skip | Stop | undefined {
          return how === 'skip' ? skip() : how === 'stop' ? stop() : undefined;
        }
      }
      const { status, outputs, ledger } = await outcomeOf(new Catches().run({}));
      if (how === 'skip') {
        expect(outputs.work).toEqual([0, 2]);
        expect(ledger.work.items).toEqual({ done: 2, skipped: 1 });
        expect(ledger.after.status).toBe('done');
      } else if (how === 'stop') {
        expect(outputs.work).toEqual([0]);
        expect(ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 1, recovered: 1 } });
        expect(ledger.after.why).toBe('stopped');
      } else expect(status).toBe('failed');
    }
  });

  it('of the whole class also sees an each that has no items to run, and may skip it', async () => {
    const seen: unknown[] = [];
    class Nothing extends Pipeline<object> {
      @Step({ to: 'work' })
      load(): number[] {
        return 5 as unknown as number[];
      }
      @ForEach({ onError: 'rescue', to: 'after' })
      work({ item }: Each<this, number>): number {
        return item;
      }
      @Step()
      after(): void {}
      // What stands in for an item can't stand in for all of them.
      @OnError()
      rescue(): number {
        throw new Error('never called');
      }
      @OnError()
      caught({ error, failed }: Failure<this>): Skip {
        seen.push((error as StepError).code, failed);
        return skip();
      }
    }
    const { status, ledger } = await outcomeOf(new Nothing().run({}));
    expect(seen).toEqual(['NOT_ITERABLE', 'work']);
    expect(status).toBe('success');
    expect(ledger).toMatchObject({ work: { status: 'skipped' }, after: { why: 'dead', by: 'work' } });
  });
});

describe('an each in a branch', () => {
  it('that is survived takes back what all its items have streamed, also those that are just aborted (C.5, D.4)', async () => {
    const spoke = gate();
    class Survives extends Pipeline<object> {
      @Step({ to: ['load', 'other'] })
      begin(): void {}
      @Step({ to: 'speak' })
      load(): string[] {
        return ['done', 'alive', 'fails'];
      }
      @ForEach({ to: 'first' })
      async *speak({ item, signal }: Each<this, string>): AsyncGenerator<string> {
        yield item;
        if (item === 'done') return;
        if (item === 'alive') {
          spoke.open();
          await whenAborted(signal);
          return;
        }
        await spoke.promise;
        await sleep(5);
        throw new Error('no');
      }
      @Step({ to: 'first' })
      async other(): Promise<string> {
        await sleep(30);
        return 'other';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { speak?: string[]; other?: string }>): unknown {
        return inputs;
      }
    }
    const run = new Survives().run({});
    const events = await eventsOf(run);
    const { outputs, text, ledger, errors } = await run.result;
    expect(outputs.first).toEqual({ other: 'other' });
    expect(text).toBe('');
    const resets = events.flatMap((event) => (event.type === 'token-reset' ? [[event.index, event.why]] : []));
    expect(resets.sort()).toEqual([
      [0, 'failed'],
      [1, 'failed'],
      [2, 'failed'],
    ]);
    expect(errors).toHaveLength(1);
    expect(ledger.speak).toEqual({ status: 'failed', visits: ['failed'], items: { done: 1, failed: 1, cancelled: 1 } });
  });

  it('that has lost aborts its items, in whatever each of them is, and starts no other (C.6)', async () => {
    const trail: string[] = [];
    class Child extends Pipeline<{ n: number }> {
      @Step()
      async dig({ state, signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        trail.push(`child ${state.n} aborted`);
      }
    }
    class Race extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['load', 'quick'] })
      begin(): void {}
      @Step({ to: 'research' })
      load(): number[] {
        return numbers(5);
      }
      @SubPipeline(() => Child, { each: true, concurrency: 2, to: 'first' })
      research({ item }: Each<this, number>) {
        trail.push(`item ${item}`);
        return call(this.child, { n: item });
      }
      @Step({ to: 'first' })
      async quick(): Promise<string> {
        await sleep(10);
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { research?: { n: number }[]; quick?: string }>): unknown {
        return inputs;
      }
    }
    const run = new Race().run({});
    const events = await eventsOf(run);
    const { outputs, ledger } = await run.result;
    expect(outputs.first).toEqual({ quick: 'quick' });
    expect(trail.sort()).toEqual(['child 0 aborted', 'child 1 aborted', 'item 0', 'item 1']);
    expect(ledger.research).toEqual({ status: 'lost', visits: ['lost'], items: { lost: 2 } });
    const cancels = events.flatMap((event) =>
      event.type === 'step-cancel' ? [[event.step, event.index, event.path.join('/'), event.why]] : [],
    );
    expect(cancels.sort()).toEqual([
      ['dig', undefined, 'research[0]', 'lost'],
      ['dig', undefined, 'research[1]', 'lost'],
      ['research', undefined, '', 'lost'],
      ['research', 0, '', 'lost'],
      ['research', 1, '', 'lost'],
    ]);
  });
});

describe('whatever ends a run while items are alive', () => {
  class Mixed extends Pipeline<object> {
    readonly trail: string[] = [];
    readonly busy = gate();
    @Step({ to: ['work', 'bomb'] })
    load(): number[] {
      return numbers(9);
    }
    @ForEach({ concurrency: 4, to: 'after' })
    async *work({ item, signal }: Each<this, number>): AsyncGenerator<string> {
      try {
        yield `${item}`;
        if (item < 2) return;
        if (item === 5) this.busy.open();
        await whenAborted(signal);
      } finally {
        await sleep(2);
        this.trail.push(`finally ${item}`);
      }
    }
    @Step()
    async bomb({ signal, context }: Ctx<this>): Promise<void> {
      await this.busy.promise;
      if (context === 'fail') throw new Error('bang');
      await whenAborted(signal);
    }
    @Step()
    after(): void {}
  }

  it.each(['cancel', 'fail', 'timeout', 'break', 'signal'] as const)(
    'each begun one ends once, with its `finally`, and nothing runs after the end: %s',
    async (how) => {
      const mixed = new Mixed();
      const controller = new AbortController();
      const run = mixed.run(
        {},
        { context: how, throwOnFailure: false, signal: controller.signal, ...(how === 'timeout' && { timeout: 150 }) },
      );
      const events: RunEvent[] = [];
      run.on('run-end', () => void mixed.trail.push('run-end'));
      void mixed.busy.promise.then(() => {
        if (how === 'cancel') void run.cancel();
        if (how === 'signal') controller.abort();
      });
      for await (const event of run) {
        events.push(event as RunEvent);
        if (how === 'break' && event.type === 'token' && event.index === 5) break;
      }
      const { status, ledger } = await outcomeOf(run);
      expect(status).toBe(({ fail: 'failed', timeout: 'timeout' } as Record<string, string>)[how] ?? 'cancelled');
      expect(mixed.trail.at(-1)).toBe('run-end');
      expect(mixed.trail.slice(0, -1).sort()).toEqual(numbers(6).map((item) => `finally ${item}`));
      expect(ledger.work).toEqual({ status: 'cancelled', visits: ['cancelled'], items: { done: 2, cancelled: 4 } });
      expect(ledger.after.why).toBe('ended');
      if (how !== 'break') {
        const told = ofEach(events, 'work');
        const starts = told.filter((one) => one.startsWith('step-start')).map((one) => one.split(' ')[1]);
        const ends = told.filter((one) => /^step-(end|cancel|error|skip)/.test(one)).map((one) => one.split(' ')[1]);
        expect(ends.sort()).toEqual(starts.sort());
        expect(starts).toHaveLength(7);
      }
      await sleep(5);
      expect(mixed.trail.at(-1)).toBe('run-end');
    },
  );

  it('leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await sleep(5);
    const before = timers();
    const mixed = new Mixed();
    const run = mixed.run({});
    await mixed.busy.promise;
    await run.cancel();
    await sleep(5);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
