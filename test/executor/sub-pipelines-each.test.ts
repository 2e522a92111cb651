import {
  call,
  ForEach,
  OnError,
  Pipeline,
  skip,
  Step,
  stop,
  Streaming,
  SubPipeline,
  type Call,
  type Ctx,
  type Each,
  type Failure,
  type RunEvent,
  type Skip,
  type Stop,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

interface Square {
  n: number;
  square: number;
}

class Squarer extends Pipeline<Square> {
  active = 0;
  most = 0;
  @Step({ to: 'say' })
  async square({ state }: Ctx<this>): Promise<number> {
    this.most = Math.max(this.most, ++this.active);
    await sleep(Math.random() * 3);
    this.active--;
    state.square = state.n ** 2;
    return state.square;
  }
  @Streaming()
  async *say({ input }: Ctx<this, number>): AsyncGenerator<string> {
    yield `${input} `;
  }
}

describe('a sub-pipeline with each: true', () => {
  it('runs one child per item; its output is the array of their final states, in order (B.3, B062)', async () => {
    class Parent extends Pipeline<object> {
      child = new Squarer();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(12);
      }
      @SubPipeline(() => Squarer, { each: true, to: 'sum', concurrency: 3 })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item, square: 0 });
      }
      @Step()
      sum({ input }: Ctx<this, Square[]>): number {
        return input.reduce((sum, { square }) => sum + square, 0);
      }
    }
    const parent = new Parent();
    const run = parent.run({});
    const events = await eventsOf(run);
    const { outputs, ledger, texts, text } = await run.result;
    expect(outputs.each).toEqual(numbers(12).map((n) => ({ n, square: n * n })));
    expect(outputs.sum).toBe(506);
    // A child counts as long as it runs, not only its call (B047).
    expect(parent.child.most).toBe(3);
    expect(ledger.each).toEqual({ status: 'done', visits: ['done'], items: { done: 12 } });
    expect(texts['each[3]/say']).toBe('9 ');
    expect(
      text
        .trim()
        .split(' ')
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(numbers(12).map((n) => n * n));
    const inner = events.filter((event) => 'path' in event && event.path.length > 0) as (RunEvent & {
      path: string[];
    })[];
    expect(new Set(inner.map(({ path }) => path.join('/')))).toEqual(new Set(numbers(12).map((n) => `each[${n}]`)));
    // The item is in the path; a child’s own step has no index.
    expect(inner.filter((event) => 'index' in event)).toEqual([]);
  });

  it('has the default concurrency of an each, and each child ends with its item', async () => {
    class Parent extends Pipeline<object> {
      child = new Squarer();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(40);
      }
      @SubPipeline(() => Squarer, { each: true })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item, square: 0 });
      }
    }
    const parent = new Parent();
    const run = parent.run({});
    const ends: string[] = [];
    for await (const event of run)
      if (event.type === 'step-end') ends.push([...event.path, event.step, event.index ?? '*'].join(' '));
    expect(parent.child.most).toBe(16);
    for (const n of numbers(40)) expect(ends.indexOf(`each[${n}] say *`)).toBeLessThan(ends.indexOf(`each ${n}`));
    expect(ends.at(-1)).toBe('each *');
  });

  it('has items that skip, stop and retry like any each', async () => {
    class Child extends Pipeline<{ n: number }> {
      tries = new Map<number, number>();
      @Step()
      go({ state }: Ctx<this>): Stop | undefined {
        const tries = (this.tries.get(state.n) ?? 0) + 1;
        this.tries.set(state.n, tries);
        if (state.n === 2 && tries < 3) throw new Error('again');
        // A child's stop ends the child only (B107).
        return state.n === 3 ? stop() : undefined;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(5);
      }
      @SubPipeline(() => Child, { each: true, retry: 3 })
      each({ item }: Each<this, number>): Call<Child> | Skip {
        return item === 1 ? skip() : call(this.child, { n: item });
      }
    }
    const parent = new Parent();
    const { outputs, ledger } = await parent.run({}).result;
    expect(outputs.each).toEqual([{ n: 0 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(Object.fromEntries(parent.child.tries)).toEqual({ 0: 1, 2: 3, 3: 1, 4: 1 });
    expect(ledger.each.items).toEqual({ done: 4, skipped: 1 });
  });

  it.each(['fail', 'skip', 'collect'] as const)(
    'treats the failure of a child as that of its item: %s',
    async (onItemError) => {
      class Child extends Pipeline<{ n: number }> {
        @Step({ to: 'go' })
        async wait({ signal, state }: Ctx<this>): Promise<void> {
          if (state.n !== 1) await (onItemError === 'fail' ? whenAborted(signal) : sleep(2));
        }
        @Step()
        go({ state }: Ctx<this>): void {
          if (state.n === 1) throw new Error('no');
        }
      }
      class Parent extends Pipeline<object> {
        child = new Child();
        @Step({ to: 'each' })
        load(): number[] {
          return numbers(3);
        }
        @SubPipeline(() => Child, { each: true, onItemError, to: 'after' })
        each({ item }: Each<this, number>) {
          return call(this.child, { n: item });
        }
        @Step()
        after({ input }: Ctx<this, { n: number }[]>): number {
          return input.length;
        }
      }
      const run = new Parent().run({});
      const events = await eventsOf(run);
      const { status, error, ledger, outputs } = await outcomeOf(run);
      if (onItemError === 'skip') {
        expect(outputs).toMatchObject({ each: [{ n: 0 }, { n: 2 }], after: 2 });
        expect(ledger.each.items).toEqual({ done: 2, failed: 1 });
      } else {
        expect(status).toBe('failed');
        const message = 'Parent.each[1]: Child.go: no';
        expect(error!.message).toBe(
          onItemError === 'fail'
            ? message
            : `Parent.each: 1 of its 3 items has failed: ${message} See \`cause.errors\`, in the order of the items.`,
        );
        expect(ledger.each.items).toEqual(
          onItemError === 'fail' ? { failed: 1, cancelled: 2 } : { failed: 1, done: 2 },
        );
      }
      // Whatever began has ended, once.
      const key = (event: RunEvent): string =>
        'path' in event && 'step' in event
          ? [...event.path, event.step, 'index' in event ? event.index : '*'].join(' ')
          : '';
      const all = events as readonly RunEvent[];
      const starts = all.filter(({ type }) => type === 'step-start').map(key);
      const ends = all
        .filter(({ type }) => ['step-end', 'step-error', 'step-cancel', 'step-skip'].includes(type))
        .map(key);
      expect(ends.sort()).toEqual(starts.sort());
    },
  );

  it('takes back what the child of a skipped item has said (D.4)', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Streaming({ to: 'check' })
      async *speak({ state }: Ctx<this>): AsyncGenerator<string> {
        yield `${state.n}`;
      }
      @Step()
      check({ state }: Ctx<this>): void {
        if (state.n === 1) throw new Error('no');
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(3);
      }
      @SubPipeline(() => Child, { each: true, onItemError: 'skip', concurrency: 1 })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    expect((await run.result).text).toBe('02');
    expect(events.filter(({ type }) => type === 'token-reset')).toMatchObject([
      { step: 'speak', path: ['each[1]'], why: 'failed' },
    ]);
  });

  it('has handlers per item, which get the child’s error and give a state (D.2)', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Step()
      go({ state }: Ctx<this>): void {
        if (state.n === 1) throw new Error('no');
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(3);
      }
      @SubPipeline(() => Child, { each: true, onError: 'rescue' })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
      @OnError()
      rescue({ error }: Failure<this>): { n: number } {
        expect((error as Error).message).toBe('Child.go: no');
        return { n: -1 };
      }
    }
    const { outputs, ledger } = await new Parent().run({}).result;
    expect(outputs.each).toEqual([{ n: 0 }, { n: -1 }, { n: 2 }]);
    expect(ledger.each.items).toEqual({ done: 2, recovered: 1 });
  });

  it('has a timeout per item that covers its child (B094)', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Step()
      async go({ state, signal }: Ctx<this>): Promise<void> {
        if (state.n === 1) await whenAborted(signal);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(3);
      }
      @SubPipeline(() => Child, { each: true, onItemError: 'skip', timeout: 60 })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
    }
    const { outputs, errors } = await new Parent().run({}).result;
    expect(outputs.each).toEqual([{ n: 0 }, { n: 2 }]);
    expect(errors.map(({ message }) => message)).toEqual([
      'Parent.each[1]: took longer than 60 ms. Raise the option timeout (step), or retry with the option retry.',
    ]);
  });

  it('commits what its items’ bodies have changed, in index order (A.5)', async () => {
    class Parent extends Pipeline<{ order: number[] }> {
      child = new Squarer();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(6);
      }
      @SubPipeline(() => Squarer, { each: true })
      each({ item, state }: Each<this, number>) {
        state.order.push(item);
        return call(this.child, { n: item, square: 0 });
      }
    }
    expect((await new Parent().run({ order: [] }).result).state.order).toEqual(numbers(6));
  });
});

describe('eaches inside eaches', () => {
  class Inner extends Pipeline<{ row: number; cells: string[] }> {
    @Step({ to: 'cell' })
    load(): number[] {
      return numbers(3);
    }
    @ForEach({ concurrency: 2 })
    async cell({ item, state, outputs }: Each<this, number>): Promise<string> {
      await sleep(Math.random() * 3);
      expect(outputs).toEqual({ load: [0, 1, 2] });
      state.cells.push(`${state.row}.${item}`);
      return `${item}`;
    }
  }
  class Outer extends Pipeline<object> {
    inner = new Inner();
    @Step({ to: 'row' })
    load(): number[] {
      return numbers(4);
    }
    @SubPipeline(() => Inner, { each: true, concurrency: 2 })
    row({ item }: Each<this, number>) {
      return call(this.inner, { row: item, cells: [] });
    }
  }

  it('name every item by its path, with each their own concurrency and order (B060, B.6)', async () => {
    const run = new Outer().run({});
    const events = await eventsOf(run);
    const { outputs } = await run.result;
    expect(outputs.row).toEqual(numbers(4).map((row) => ({ row, cells: [0, 1, 2].map((cell) => `${row}.${cell}`) })));
    const cells = events.flatMap((event) =>
      event.type === 'step-end' && event.step === 'cell' && event.index !== undefined
        ? [`${event.path.join('/')}/${event.step}[${event.index}] of ${event.pipeline}`]
        : [],
    );
    expect(cells.sort()).toEqual(
      numbers(4).flatMap((row) => numbers(3).map((cell) => `row[${row}]/cell[${cell}] of Inner`)),
    );
  });

  it('end all together when the run is cancelled, each begun one once', async () => {
    class Stuck extends Pipeline<{ n: number }> {
      @Step({ to: 'cell' })
      load(): number[] {
        return numbers(3);
      }
      @ForEach()
      async cell({ signal }: Each<this, number>): Promise<void> {
        await whenAborted(signal);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Stuck();
      @Step({ to: 'row' })
      load(): number[] {
        return numbers(3);
      }
      @SubPipeline(() => Stuck, { each: true })
      row({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
    }
    const run = new Parent().run({});
    const events: RunEvent[] = [];
    let cells = 0;
    for await (const event of run) {
      events.push(event);
      if (event.type === 'step-start' && event.step === 'cell' && event.index !== undefined && ++cells === 9)
        void run.cancel();
    }
    const cancels = events.filter(({ type }) => type === 'step-cancel');
    // 9 cells, 3 eaches of cells, 3 rows, and the each of rows.
    expect(cancels).toHaveLength(16);
    expect(cancels.at(-1)).toMatchObject({ step: 'row' });
    expect((await run.result).ledger.row).toEqual({
      status: 'cancelled',
      visits: ['cancelled'],
      items: { cancelled: 3 },
    });
  });
});

describe('two hundred children', () => {
  it('of a run that is read slowly hold to the lead, and none is stuck (E.4)', { timeout: 30_000 }, async () => {
    let made = 0;
    class Child extends Pipeline<{ n: number; said: number }> {
      @Streaming({ to: 'count' })
      async *speak({ state }: Ctx<this>): AsyncGenerator<number> {
        for (let i = 0; i < 5; i++) {
          made++;
          yield state.n;
        }
      }
      @Step()
      count({ state }: Ctx<this>): void {
        state.said = 5;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(200);
      }
      @SubPipeline(() => Child, { each: true, concurrency: 200 })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item, said: 0 });
      }
    }
    const run = new Parent().run({});
    let read = 0;
    let most = 0;
    let place = 0;
    for await (const event of run) {
      if (event.type === 'token') read++;
      if (++place % 100 === 0) await sleep(1);
      most = Math.max(most, made - read);
    }
    expect(read).toBe(1_000);
    expect(most).toBeLessThanOrEqual(64 + 200);
    expect((await run.result).outputs.each).toEqual(numbers(200).map((n) => ({ n, said: 5 })));
  });

  it('with one slot each for a step of theirs wait for one another, and all end', async () => {
    let active = 0;
    let most = 0;
    class Child extends Pipeline<{ n: number }> {
      @Step({ concurrency: 2 })
      async go(): Promise<void> {
        most = Math.max(most, ++active);
        await sleep(0);
        active--;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return numbers(200);
      }
      @SubPipeline(() => Child, { each: true, concurrency: 50 })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
    }
    const { ledger } = await new Parent().run({}).result;
    expect(ledger.each.items).toEqual({ done: 200 });
    expect(most).toBe(2);
  });
});
