import {
  BlueprintError,
  call,
  ForEach,
  goto,
  Pipeline,
  planOf,
  retry,
  skip,
  Step,
  SubPipeline,
  Switch,
  type Ctx,
  type Each,
  type OnItemError,
} from 'stepstream';
import { testRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { shortly } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

/** load → work (once per item) → after; what an item does is injected. */
class Items extends Pipeline<{ items: unknown[] }> {
  readonly body: (context: Each<Items, unknown>) => unknown;
  constructor(body: Items['body'] = ({ item }) => item) {
    super();
    this.body = body;
  }
  @Step({ to: 'work' }) load({ state }: Ctx<this>): unknown[] {
    return state.items;
  }
  @ForEach({ to: 'after' }) work(context: Each<this, unknown>): unknown {
    return this.body(context);
  }
  @Step() after({ input }: Ctx<this, unknown[]>): unknown {
    return input;
  }
}

const failAt = (place: number): Items['body'] => {
  return ({ item, index }) => {
    if (index === place) throw new Error(`${String(item)} is rotten`);
    return item;
  };
};

const counted = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

it('B045 every item of three runs at once by default, and the step behind them once after all', async () => {
  const all = gate();
  let active = 0;
  const body: Items['body'] = async ({ item }) => {
    if (++active === 3) all.open();
    await all.promise;
    return item;
  };
  const { result, events } = await testRun(new Items(body), { items: [1, 2, 3] });
  expect(result.ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3 } });
  expect(shortly(events).slice(-3)).toEqual(['step-start after', 'step-end after', 'run-end success']);
  expect(result.ledger.after.visits).toEqual(['done']);
});

it('B046 more items than a buffer holds, read one event at a time, run to the end', async () => {
  const run = new Items().run({ items: counted(200) }, { buffer: 1 });
  let ends = 0;
  for await (const event of run) {
    if (event.type === 'step-end' && event.index !== undefined) ends++;
    if (ends % 50 === 0) await sleep(0);
  }
  expect(ends).toBe(200);
  expect((await run.result).outputs.after).toEqual(counted(200));
});

it('B047 never more than concurrency items run, and with 1 they run in order, one after the other', async () => {
  for (const concurrency of [1, 3]) {
    const trail: number[] = [];
    let [active, most] = [0, 0];
    class Some extends Items {
      @ForEach({ to: 'after', concurrency }) override async work({ index }: Each<this, unknown>): Promise<void> {
        most = Math.max(most, ++active);
        await sleep(0);
        trail.push(index);
        active--;
      }
    }
    await testRun(new Some(), { items: counted(9) });
    expect(most).toBe(concurrency);
    if (concurrency === 1) expect(trail).toEqual(counted(9));
    expect(trail).toHaveLength(9);
  }
});

it('B048 over nothing an each starts, ends with an empty array, and then the next step runs', async () => {
  const { events, result } = await testRun(new Items(), { items: [] });
  expect(shortly(events).slice(3)).toEqual([
    'step-start work',
    'step-end work',
    'step-start after',
    'step-end after',
    'run-end success',
  ]);
  expect(result.outputs.after).toEqual([]);
});

it('B049 what items return is an array in the order of the items, whichever ends first', async () => {
  const body: Items['body'] = async ({ item }) => {
    await sleep((item as number) * 2);
    return `result ${String(item)}`;
  };
  const { result } = await testRun(new Items(body), { items: [3, 1, 2] });
  expect(result.outputs.after).toEqual(['result 3', 'result 1', 'result 2']);
});

it('B050 onItemError decides what a failed item does: fail, skip or collect', async () => {
  const withPolicy = async (onItemError?: OnItemError) => {
    class Policy extends Items {
      @ForEach({ to: 'after', concurrency: 1, onItemError }) override work(context: Each<this, unknown>): unknown {
        return this.body(context);
      }
    }
    const { result } = await testRun(new Policy(failAt(1)), { items: ['a', 'b', 'c'] });
    return [result.status, result.ledger.work.items, becameOf(result).after, result.outputs.after];
  };
  const failed = ['failed', { done: 1, failed: 1 }, 'ended', undefined];
  expect(await withPolicy('fail')).toEqual(failed);
  expect(await withPolicy(undefined)).toEqual(failed);
  expect(await withPolicy('skip')).toEqual(['success', { done: 2, failed: 1 }, 'done', ['a', 'c']]);
  expect(await withPolicy('collect')).toEqual(['failed', { done: 2, failed: 1 }, 'ended', undefined]);
});

it('B051 an item that skips is left out, and the next step runs', async () => {
  const { result } = await testRun(new Items(({ index }) => (index === 1 ? skip() : index)), {
    items: ['a', 'b', 'c'],
  });
  expect(result).toMatchObject({ status: 'success', outputs: { work: [0, 2], after: [0, 2] } });
  expect(result.ledger.work.items).toEqual({ done: 2, skipped: 1 });
});

it('B052 an each whose items retry ends behind their last attempts, and each item ends once', async () => {
  class Again extends Items {
    @ForEach({ to: 'after', retry: 2 }) override work({ attempt, item }: Each<this, unknown>) {
      return attempt === 1 ? retry() : `${String(item)} at ${attempt}`;
    }
  }
  const { events, result } = await testRun(new Again(), { items: ['a', 'b'] });
  expect(result.outputs.after).toEqual(['a at 2', 'b at 2']);
  const ends = events.filter((event) => event.type === 'step-end' && event.step === 'work');
  expect(ends.map((event) => ('index' in event ? event.index : 'whole'))).toEqual([0, 1, 'whole']);
  const lastRetry = events.findLastIndex(({ type }) => type === 'step-retry');
  expect(events.indexOf(ends[2])).toBeGreaterThan(lastRetry);
  expect(events.filter(({ type }) => type === 'step-retry')).toHaveLength(2);
});

it('B054 an item that returns the name of a step returns a text, and one that returns goto fails', async () => {
  const named = await testRun(new Items(() => 'after'), { items: [1, 2] });
  expect(named.result.outputs.after).toEqual(['after', 'after']);
  expect(named.result.ledger.after.visits).toEqual(['done']);
  const { result } = await testRun(new Items(() => goto('after')), { items: [1] });
  expect(result.error).toMatchObject({ step: 'work', index: 0, message: expect.stringContaining('goto') });
});

it('B056 every item has its item and index, whatever the body takes besides', async () => {
  const seen: unknown[] = [];
  const body: Items['body'] = (context) => void seen.push([context.item, context.index, context.step, context.attempt]);
  await testRun(new Items(body), { items: ['a', { b: 1 }] });
  expect(seen).toEqual([
    ['a', 0, 'work', 1],
    [{ b: 1 }, 1, 'work', 1],
  ]);
});

it('B057 a text is not taken for its letters nor an object for its keys, and a Map gives its entries', async () => {
  const over = async (value: unknown) => {
    class Odd extends Pipeline<object> {
      @Step({ to: 'work' }) load() {
        return value as unknown[];
      }
      @ForEach() work({ item }: Each<this, unknown>): unknown {
        return item;
      }
    }
    return (await testRun(new Odd(), {})).result;
  };
  for (const value of ['text', { a: 1 }, 7, null])
    expect((await over(value)).error).toMatchObject({ code: 'NOT_ITERABLE', step: 'work' });
  expect((await over(new Map([['a', 1]]))).outputs.work).toEqual([['a', 1]]);
});

it('B059 a concurrency that is no whole number above 0 is a mistake of the class', () => {
  for (const concurrency of [-1, 0, 1.5, NaN, '3']) {
    const steps = [
      { name: 'load', to: 'work' },
      { name: 'work', kind: 'each' as const, options: { concurrency } },
    ];
    expect(() => planOf(buildPipeline({ extends: Pipeline as never, steps }))).toThrow(BlueprintError);
    expect(() => planOf(buildPipeline({ extends: Pipeline as never, steps }))).toThrow('concurrency');
  }
});

it('B060 an each inside an each has its own events, items and concurrency', async () => {
  let [active, most] = [0, 0];
  class Inner extends Items {
    @ForEach({ to: 'after', concurrency: 1 }) override async work({ item }: Each<this, unknown>): Promise<unknown> {
      most = Math.max(most, ++active);
      await sleep(0);
      active--;
      return item;
    }
  }
  class Outer extends Pipeline<{ lists: unknown[][] }> {
    readonly inner = new Inner();
    @Step({ to: 'each' }) load({ state }: Ctx<this>): unknown[][] {
      return state.lists;
    }
    @SubPipeline(() => Inner, { each: true }) each({ item }: Each<this, unknown[]>) {
      return call(this.inner, { items: item });
    }
  }
  const { events, result } = await testRun(new Outer(), {
    lists: [
      [1, 2],
      [3, 4, 5],
    ],
  });
  expect(result.outputs.each).toEqual([{ items: [1, 2] }, { items: [3, 4, 5] }]);
  expect(most).toBe(2);
  const ends = events.filter((event) => event.type === 'step-end' && event.step === 'work');
  expect(ends.map((event) => 'path' in event && `${event.path.join('/')}[${event.index}]`).sort()).toEqual([
    'each[0][0]',
    'each[0][1]',
    'each[0][undefined]',
    'each[1][0]',
    'each[1][1]',
    'each[1][2]',
    'each[1][undefined]',
  ]);
});

/** Has a switch inside, whose case takes its time. */
class Child extends Pipeline<{ size: number; done?: string }> {
  @Switch({ cases: { big: 'slow', small: 'quick' } }) route({ state }: Ctx<this>): 'big' | 'small' {
    return state.size > 5 ? 'big' : 'small';
  }
  @Step() async slow({ state }: Ctx<this>): Promise<void> {
    await sleep(5);
    state.done = 'slowly';
  }
  @Step() quick({ state }: Ctx<this>): void {
    state.done = 'quickly';
  }
}

/** Two eaches side by side over children of one instance, each with its own follower. */
class Parent extends Pipeline<object> {
  readonly child = new Child();
  @Step({ to: ['left', 'right'] }) sizes(): number[] {
    return [1, 2];
  }
  @SubPipeline(() => Child, { each: true, to: 'early' }) left({ item }: Each<this, number>) {
    return call(this.child, { size: item });
  }
  @SubPipeline(() => Child, { each: true, to: 'late' }) right({ item }: Each<this, number>) {
    return call(this.child, { size: item + 5 });
  }
  @Step() early({ outputs }: Ctx<this>): boolean {
    return 'right' in outputs;
  }
  @Step() late({ input }: Ctx<this, { done?: string }[]>): unknown {
    return input.map(({ done }) => done);
  }
}

it('B061 two eaches side by side that share a child wait for their own items only', async () => {
  const { outputs } = (await testRun(new Parent(), {})).result;
  expect(outputs.early).toBe(false);
  expect(outputs.left).toEqual([
    { size: 1, done: 'quickly' },
    { size: 2, done: 'quickly' },
  ]);
});

it('B062 an each over children waits for all that happens inside them, behind a switch too', async () => {
  const { outputs } = (await testRun(new Parent(), {})).result;
  expect(outputs.late).toEqual(['slowly', 'slowly']);
});

it('B064 a chain per item is a sub-pipeline, and an each may itself lead on to an each', async () => {
  class Chain extends Pipeline<object> {
    @Step({ to: 'double' }) load(): number[] {
      return [1, 2];
    }
    @ForEach({ to: 'text' }) double({ item }: Each<this, number>): number {
      return item * 2;
    }
    @ForEach() text({ item, index }: Each<this, number>): string {
      return `${index}: ${item}`;
    }
  }
  expect((await testRun(new Chain(), {})).result.outputs.text).toEqual(['0: 2', '1: 4']);
  const { events } = await testRun(new Parent(), {});
  const inside = events.flatMap((event) => ('path' in event && event.path[0] === 'right[0]' ? [event] : []));
  expect(shortly(inside).filter((told) => told.startsWith('step-start'))).toEqual([
    'step-start route',
    'step-start slow',
  ]);
});
