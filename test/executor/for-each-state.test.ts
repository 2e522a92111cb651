import {
  call,
  ForEach,
  Pipeline,
  skip,
  StateConflictError,
  Step,
  SubPipeline,
  type Ctx,
  type Each,
  type Join,
  type Skip,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

describe('the state of items', () => {
  it('is for all of them the version that the each started from, whatever `concurrency` says (A.5)', async () => {
    for (const concurrency of [1, 3]) {
      const seen: number[] = [];
      class Counts extends Pipeline<{ count: number; list: number[] }> {
        static readonly pipeline = { merge: { count: 'sum', list: 'append' } } as const;
        @Step({ to: 'work' })
        load({ state }: Ctx<this>): number[] {
          state.count = 10;
          return numbers(6);
        }
        @ForEach({ concurrency })
        async work({ item, state }: Each<this, number>): Promise<void> {
          seen.push(state.count);
          state.count += 1;
          state.list.push(item);
          await sleep(Math.random() * 4);
        }
      }
      const { state } = await new Counts().run({ count: 0, list: [] }).result;
      expect(seen).toEqual([10, 10, 10, 10, 10, 10]);
      // In index order, however the items ended.
      expect(state).toEqual({ count: 16, list: [0, 1, 2, 3, 4, 5] });
    }
  });

  it('is committed as one, in index order, when the each ends: nobody sees it before (A.5)', async () => {
    const half = gate();
    const looked = gate();
    let between: unknown;
    class Waits extends Pipeline<{ list: number[] }> {
      @Step({ to: ['work', 'wait'] })
      load(): number[] {
        return [0, 1];
      }
      @ForEach({ to: 'both' })
      async work({ item, state }: Each<this, number>): Promise<void> {
        state.list.push(item);
        if (item === 0) return half.open();
        await looked.promise;
      }
      @Step({ to: ['look', 'both'] })
      async wait(): Promise<void> {
        await half.promise;
        await sleep(2);
      }
      @Step({ to: 'both' })
      look({ state }: Ctx<this>): void {
        between = [...state.list];
        looked.open();
      }
      @Step()
      both({ state }: Ctx<this>): number[] {
        return state.list;
      }
    }
    const run = new Waits().run({ list: [] });
    const events = await eventsOf(run);
    expect(between).toEqual([]);
    expect((await run.result).outputs.both).toEqual([0, 1]);
    const changes = events.filter((event) => event.type === 'state-change');
    expect(changes).toMatchObject([
      {
        step: 'work',
        patch: [
          { op: 'add', path: '/list/0', value: 0 },
          { op: 'add', path: '/list/1', value: 1 },
        ],
      },
    ]);
    expect(changes[0]).not.toHaveProperty('index');
  });

  it('of different paths merges without a declaration, as between parallel steps (A.3)', async () => {
    class Fields extends Pipeline<{ by: Record<string, number>; done: boolean }> {
      @Step({ to: 'work' })
      load(): string[] {
        return ['a', 'b', 'c'];
      }
      @ForEach()
      work({ item, index, state }: Each<this, string>): void {
        state.by[item] = index;
        state.done = true;
      }
    }
    const { state } = await new Fields().run({ by: {}, done: false }).result;
    expect(state).toEqual({ by: { a: 0, b: 1, c: 2 }, done: true });
  });

  it('of skipped items commits, that of failed ones doesn’t (A.2)', async () => {
    class Some extends Pipeline<{ list: number[] }> {
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1, 2];
      }
      @ForEach({ onItemError: 'skip' })
      work({ item, state }: Each<this, number>): Skip {
        state.list.push(item);
        if (item === 1) throw new Error('no');
        return skip();
      }
    }
    const { state, outputs } = await new Some().run({ list: [] }).result;
    expect(state.list).toEqual([0, 2]);
    expect(outputs.work).toEqual([]);
  });

  it('is handed to a merge function in index order, with the version of the each as its base (A.3)', async () => {
    const calls: unknown[] = [];
    const join = (base: unknown, committed: unknown, mine: unknown): string => {
      calls.push([base, committed, mine]);
      return `${committed as string}${(mine as string).slice((base as string).length)}`;
    };
    class Functions extends Pipeline<{ text: string }> {
      static readonly pipeline = { merge: { text: join } };
      @Step({ to: 'work' })
      load(): string[] {
        return ['x', 'y', 'z'];
      }
      @ForEach()
      async work({ item, index, state }: Each<this, string>): Promise<void> {
        state.text += item;
        await sleep(6 - 2 * index);
      }
    }
    const { state } = await new Functions().run({ text: '-' }).result;
    expect(state.text).toBe('-xyz');
    expect(calls).toEqual([
      ['-', '-', '-x'],
      ['-', '-x', '-y'],
      ['-', '-xy', '-z'],
    ]);
  });

  it('is changed by a step behind the each, which sees all of it', async () => {
    class After extends Pipeline<{ sum: number }> {
      static readonly pipeline = { merge: { sum: 'sum' } } as const;
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(100);
      }
      @ForEach({ to: 'after' })
      work({ item, state }: Each<this, number>): void {
        state.sum += item;
      }
      @Step()
      after({ state }: Ctx<this>): number {
        return state.sum;
      }
    }
    expect((await new After().run({ sum: 0 }).result).outputs.after).toBe(4950);
  });
});

describe('a conflict between items', () => {
  class Clash extends Pipeline<{ last: number; count: number }> {
    readonly begun: number[] = [];
    readonly handled: unknown[] = [];
    @Step({ to: 'work' })
    load(): number[] {
      return numbers(9);
    }
    @ForEach({ concurrency: 2, retry: 3, onItemError: 'skip', to: 'after' })
    async work({ item, state }: Each<this, number>): Promise<void> {
      this.begun.push(item);
      await sleep(1 + item);
      if (item !== 1) state.last = item;
    }
    @Step()
    after(): void {}
  }

  it('fails the run as soon as the second of them ends, and names both (A.5): no retry, handler or onItemError', async () => {
    const clash = new Clash();
    const run = clash.run({ last: -1, count: 0 });
    const events = await eventsOf(run);
    const { status, error, ledger, state } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StateConflictError);
    expect(error!.message).toContain('"work[2]" and "work[0]"');
    expect(error!.message).toContain('last');
    expect(clash.begun.length).toBeLessThanOrEqual(4);
    expect(state).toEqual({ last: -1, count: 0 });
    expect(ledger.work).toMatchObject({ status: 'failed', items: { done: 2, failed: 1 } });
    expect(ledger.after.why).toBe('ended');
    expect(events.filter((event) => event.type === 'step-retry')).toEqual([]);
    expect(events.filter((event) => event.type === 'step-error').map((event) => event.index)).toEqual([2, undefined]);
  });

  it('is one even if both set the same value, or count up (A.3)', async () => {
    class Same extends Pipeline<{ count: number }> {
      @Step({ to: 'work' })
      load(): number[] {
        return numbers(50);
      }
      @ForEach()
      work({ state }: Each<this, number>): void {
        state.count++;
      }
    }
    const { error } = await outcomeOf(new Same().run({ count: 0 }));
    expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
    expect(error!.message).toContain("merge: { count: 'sum' }");
  });

  it('with a step beside the each is known when the each commits, and names the each (A.4)', async () => {
    class Beside extends Pipeline<{ last: string }> {
      @Step({ to: ['work', 'beside'] })
      load(): number[] {
        return [0, 1];
      }
      @ForEach({ to: 'join' })
      async work({ index, state }: Each<this, number>): Promise<void> {
        await sleep(8);
        if (index === 0) state.last = 'each';
      }
      @Step({ to: 'join' })
      beside({ state }: Ctx<this>): void {
        state.last = 'beside';
      }
      @Step()
      join(_: Join<this, { work: undefined[]; beside: undefined }>): void {}
    }
    const { error, state, ledger } = await outcomeOf(new Beside().run({ last: '' }));
    expect(error).toBeInstanceOf(StateConflictError);
    expect(error!.message).toContain('"work" and "beside"');
    expect(state.last).toBe('beside');
    expect(ledger.work.status).toBe('failed');
  });

  it('is no failure that an any-join survives (A.4)', async () => {
    class Any extends Pipeline<{ last: number }> {
      @Step({ to: ['load', 'other'] })
      begin(): void {}
      @Step({ to: 'work' })
      load(): number[] {
        return [0, 1];
      }
      @ForEach({ to: 'first' })
      work({ item, state }: Each<this, number>): void {
        state.last = item;
      }
      @Step({ to: 'first' })
      async other(): Promise<void> {
        await sleep(20);
      }
      @Step({ join: 'any' })
      first(): void {}
    }
    const { status, error } = await outcomeOf(new Any().run({ last: -1 }));
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StateConflictError);
  });

  it('is one between the steps of two children? No: they share no state (B.3)', async () => {
    class Child extends Pipeline<{ last: number }> {
      @Step()
      write({ state }: Ctx<this>): void {
        state.last++;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'work' })
      load(): number[] {
        return [1, 2, 3];
      }
      @SubPipeline(() => Child, { each: true })
      work({ item }: Each<this, number>) {
        return call(this.child, { last: item });
      }
    }
    expect((await new Parent().run({}).result).outputs.work).toEqual([{ last: 2 }, { last: 3 }, { last: 4 }]);
  });
});

describe('the random writes of many items', () => {
  it('give what the same items do one after the other (A.3)', async () => {
    for (let round = 0; round < 20; round++) {
      const count = 1 + Math.floor(Math.random() * 40);
      class Writes extends Pipeline<{ sum: number; list: string[]; by: Record<string, { n: number }> }> {
        static readonly pipeline = { merge: { sum: 'sum', list: 'append' } } as const;
        @Step({ to: 'work' })
        load(): number[] {
          return numbers(count);
        }
        @ForEach({ concurrency: 1 + Math.floor(Math.random() * 8) })
        async work({ item, state }: Each<this, number>): Promise<void> {
          if (Math.random() < 0.5) await sleep(Math.random() * 2);
          state.sum += item;
          if (item % 3 === 0) state.list.push(`${item}`, 'again');
          state.by[`k${item}`] = { n: item };
        }
      }
      const { state } = await new Writes().run({ sum: 0, list: ['0'], by: {} }).result;
      const expected = { sum: 0, list: ['0'], by: {} as Record<string, { n: number }> };
      for (const item of numbers(count)) {
        expected.sum += item;
        if (item % 3 === 0) expected.list.push(`${item}`, 'again');
        expected.by[`k${item}`] = { n: item };
      }
      expect(state).toEqual(expected);
    }
  });
});
