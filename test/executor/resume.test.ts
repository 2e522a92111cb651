import {
  call,
  ForEach,
  goto,
  OnShutdown,
  OnStartup,
  Pipeline,
  skip,
  Step,
  stop,
  Streaming,
  SubPipeline,
  suspend,
  type Ctx,
  type Each,
  type Outcome,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

const notes: string[] = [];
const taken = (): string[] => notes.splice(0);

class Desk extends Pipeline<{ paper: string; stamps?: number }> {
  static readonly pipeline = { name: 'desk' };

  @OnStartup()
  arrive() {
    notes.push('desk up');
  }
  @OnStartup({ per: 'run' })
  sit({ state }: { state: { stamps?: number } }) {
    notes.push('desk run up');
    state.stamps = (state.stamps ?? 0) + 1;
  }
  @OnShutdown({ per: 'run' })
  rise({ outcome }: { outcome?: Outcome }) {
    notes.push(`desk run ${outcome!.status}`);
  }
  @OnShutdown()
  leave() {
    notes.push('desk down');
  }
  @Step({ to: 'file' })
  sign({ state }: Ctx<this>) {
    notes.push('sign');
    return suspend<string>(`sign ${state.paper}`);
  }
  @Step()
  file({ input, state }: Ctx<this, string>) {
    notes.push('file');
    state.paper += `, signed ${input}`;
  }
}

class Office extends Pipeline<{ name: string; done?: string }, { user: string }> {
  static readonly pipeline = { name: 'office' };
  readonly desk = new Desk();

  @OnStartup()
  unlock() {
    notes.push('office up');
  }
  @OnStartup({ per: 'run' })
  greet() {
    notes.push('office run up');
  }
  @OnShutdown({ per: 'run' })
  farewell({ outcome }: { outcome?: Outcome }) {
    notes.push(`office run ${outcome!.status}`);
  }
  @OnShutdown()
  lock() {
    notes.push('office down');
  }
  @SubPipeline(() => Desk, { to: 'end' })
  work({ state }: Ctx<this>) {
    return call(this.desk, { paper: state.name });
  }
  @Step()
  end({ input, context, state }: Ctx<this, { paper: string; stamps?: number }>) {
    notes.push(`end for ${context.user}`);
    state.done = input.paper;
    return input;
  }
}

describe('hooks surround each segment', () => {
  it("those of the instance and of the run, and those of a child's, in their order", async () => {
    taken();
    const first = await suspendedOf(new Office().run({ name: 'form' }, { context: { user: 'ann' } }));
    expect(taken()).toEqual([
      ...['office up', 'office run up', 'desk up', 'desk run up', 'sign'],
      ...['desk run suspended', 'office run suspended', 'office down', 'desk down'],
    ]);
    const run = new Office().resume(reread(first.checkpoint), { 'work/sign': 'ann' }, { context: { user: 'bob' } });
    const result = await run.result;
    expect(taken()).toEqual([
      ...['office up', 'office run up', 'desk up', 'desk run up', 'file'],
      ...['desk run success', 'end for bob', 'office run success', 'office down', 'desk down'],
    ]);
    expect(result).toMatchObject({
      status: 'success',
      state: { name: 'form', done: 'form, signed ann' },
      // The startup hook of the run has prepared the child's state in both segments.
      outputs: { end: { paper: 'form, signed ann', stamps: 2 } },
    });
  });

  it('and are told in the events of both', async () => {
    const first = new Office().run({ name: 'form' }, { context: { user: 'ann' } });
    const hooks = (events: readonly { type: string }[]) =>
      events.filter(({ type }) => type === 'hook-start').map((event) => (event as unknown as { hook: string }).hook);
    const before = await eventsOf(first);
    const { checkpoint } = await suspendedOf(first);
    const second = new Office().resume(checkpoint, { 'work/sign': 'x' }, { context: { user: 'ann' } });
    expect(hooks(await eventsOf(second))).toEqual(hooks(before));
    expect(hooks(before)).toEqual(['unlock', 'greet', 'arrive', 'sit', 'rise', 'farewell', 'lock', 'leave']);
  });

  it('a startup that fails ends the segment, and the checkpoint is as good as before', async () => {
    const broken = { yes: true };
    class Fragile extends Pipeline<object> {
      static readonly pipeline = { name: 'fragile' };
      @OnStartup()
      connect() {
        if (broken.yes) throw new Error('no connection');
      }
      @Step({ to: 'next' })
      ask() {
        return suspend<number>('?');
      }
      @Step()
      next({ input }: Ctx<this, number>) {
        return input + 1;
      }
    }
    broken.yes = false;
    const { checkpoint } = await suspendedOf(new Fragile().run({}));
    broken.yes = true;
    const failed = await outcomeOf(new Fragile().resume(checkpoint, { ask: 1 }));
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'HOOK_FAILED' } });
    expect(failed.ledger.ask.status).toBe('suspended');
    broken.yes = false;
    const { outputs } = await new Fragile().resume(checkpoint, { ask: 1 }).result;
    expect(outputs.next).toBe(2);
  });

  it("one of a child's too, wherever it is nested", async () => {
    let fails = false;
    class Inner extends Pipeline<object> {
      static readonly pipeline = { name: 'inner' };
      @OnStartup({ per: 'run' })
      connect() {
        if (fails) throw new Error('no connection');
      }
      @Step()
      ask() {
        return suspend<number>('?');
      }
    }
    class Outer extends Pipeline<object> {
      static readonly pipeline = { name: 'outer' };
      readonly inner = new Inner();
      @SubPipeline(() => Inner)
      work() {
        return call(this.inner, {});
      }
    }
    const { checkpoint } = await suspendedOf(new Outer().run({}));
    fails = true;
    const failed = await outcomeOf(new Outer().resume(checkpoint, { 'work/ask': 1 }));
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'HOOK_FAILED' } });
    fails = false;
    await expect(new Outer().resume(checkpoint, { 'work/ask': 1 }).result).resolves.toMatchObject({
      status: 'success',
    });
  });
});

class Waits extends Pipeline<object> {
  static readonly pipeline = { name: 'waits' };
  @Step({ to: 'work' })
  ask() {
    return suspend<number>('?');
  }
  @Step()
  async work({ signal }: Ctx<this, number>) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

describe('what is given anew', () => {
  const suspended = async () => (await suspendedOf(new Waits().run({}, { timeout: 1_000 }))).checkpoint;

  it('is the timeout, from the first step of the segment on', async () => {
    const checkpoint = await suspended();
    await sleep(30);
    const result = await outcomeOf(new Waits().resume(checkpoint, { ask: 1 }, { timeout: 20 }));
    expect(result.status).toBe('timeout');
    expect(result.duration).toBeGreaterThanOrEqual(19);
  });

  it('is the signal', async () => {
    const controller = new AbortController();
    const run = new Waits().resume(await suspended(), { ask: 1 }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 2);
    expect(await outcomeOf(run)).toMatchObject({ status: 'cancelled', error: { cause: { message: 'enough' } } });
  });

  it('is throwOnFailure, but not the id', async () => {
    const checkpoint = await suspended();
    const run = new Waits().resume(checkpoint, { ask: 1 }, { timeout: 5, throwOnFailure: false });
    await expect(run.result).resolves.toMatchObject({ status: 'timeout' });
    expect(() => new Waits().resume(checkpoint, { ask: 1 }, { id: 'another' } as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_RUN_OPTION' }),
    );
  });

  it('an id that is alive on this instance is refused, and free again at the end of the segment', async () => {
    const bot = new Waits();
    const checkpoint = await suspended();
    const run = bot.resume(checkpoint, { ask: 1 });
    expect(() => bot.resume(checkpoint, { ask: 1 })).toThrow(expect.objectContaining({ code: 'RUN_ID_IN_USE' }));
    expect(() => bot.run({}, { id: run.id })).toThrow(expect.objectContaining({ code: 'RUN_ID_IN_USE' }));
    await run.cancel();
    const again = bot.resume(checkpoint, { ask: 1 });
    await again.cancel();
    expect((await again.result).status).toBe('cancelled');
  });
});

describe('iterators of a resumed run', () => {
  it('begin with its segment, and `after` counts on', async () => {
    const bot = new Desk();
    const { checkpoint } = await suspendedOf(bot.run({ paper: 'p' }));
    const run = bot.resume(checkpoint, { sign: 'x' });
    const late: number[] = [];
    for await (const { seq } of run.events({ after: checkpoint.seq + 2 })) late.push(seq);
    expect(late[0]).toBe(checkpoint.seq + 3);
    expect(late).toEqual(late.map((_, place) => late[0] + place));
  });
});

describe('items that suspend', () => {
  class Votes extends Pipeline<{ seen: string[] }> {
    static readonly pipeline = { name: 'votes', merge: { seen: 'append' } } as const;
    @Step({ to: 'vote' })
    load() {
      return ['a', 'b', 'c', 'd', 'e'];
    }
    @ForEach({ to: 'count', concurrency: 2 })
    vote({ item, index, state }: Each<this, string>) {
      state.seen.push(item);
      if (index === 1) return 'by itself';
      if (index === 3) return skip();
      return suspend<string | undefined>({ vote: item });
    }
    @Step()
    count({ input }: Ctx<this, (string | undefined)[]>) {
      return input.length;
    }
  }

  it('let the others have their turn, and are answered one by one; the each ends behind the last', async () => {
    const run = new Votes().run({ seen: [] });
    let last = await suspendedOf(run);
    expect(last.asks.map(({ key, ask }) => [key, ask])).toEqual([
      ['vote[0]', { vote: 'a' }],
      ['vote[2]', { vote: 'c' }],
      ['vote[4]', { vote: 'e' }],
    ]);
    expect(last.ledger.vote).toEqual({
      ...{ status: 'suspended', visits: ['suspended'] },
      items: { suspended: 3, done: 1, skipped: 1 },
    });
    // What items have changed is committed when their each ends (A.5).
    expect(last.state.seen).toEqual([]);
    for (const [key, left] of [
      ['vote[4]', 2],
      ['vote[0]', 1],
    ] as const) {
      last = await suspendedOf(new Votes().resume(reread(last.checkpoint), { [key]: `answer ${key}` }));
      expect(last.ledger.vote.items).toEqual({ suspended: left, done: 4 - left, skipped: 1 });
    }
    const second = new Votes().resume(reread(last.checkpoint), { 'vote[2]': 'c' });
    const events = await eventsOf(second);
    const result = await second.result;
    expect(result.outputs).toMatchObject({ vote: ['answer vote[0]', 'by itself', 'c', 'answer vote[4]'], count: 4 });
    expect(result.state.seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(result.ledger.vote).toEqual({ status: 'done', visits: ['done'], items: { done: 4, skipped: 1 } });
    expect(events.filter((event) => event.type === 'step-end' && event.step === 'vote')).toMatchObject([
      { index: 2, output: 'c' },
      { output: ['answer vote[0]', 'by itself', 'c', 'answer vote[4]'] },
    ]);
  });

  it('of several visits have keys of their own; results that are undefined come through', async () => {
    class Twice extends Pipeline<{ rounds: number }> {
      static readonly pipeline = { name: 'twice' };
      @Step({ to: 'work' })
      head({ state }: Ctx<this>) {
        state.rounds++;
        return [0, 1];
      }
      @ForEach({ to: 'tail' })
      work({ index }: Each<this, number>) {
        return index === 0 ? undefined : suspend<number>('?');
      }
      @Step({ goto: 'head' })
      tail({ input, state }: Ctx<this, (number | undefined)[]>) {
        return state.rounds < 2 ? goto('head') : input.length;
      }
    }
    let last = await suspendedOf(new Twice().run({ rounds: 0 }));
    expect(last.asks[0].key).toBe('work[1]');
    last = await suspendedOf(new Twice().resume(reread(last.checkpoint), { 'work[1]': 5 }));
    expect(last.asks[0].key).toBe('work#2[1]');
    const result = await new Twice().resume(reread(last.checkpoint), { 'work#2[1]': 6 }).result;
    expect(result).toMatchObject({ status: 'success', outputs: { work: [undefined, 6], tail: 2 } });
    expect(result.ledger.work).toEqual({ status: 'done', visits: ['done', 'done'], items: { done: 4 } });
  });

  it('a stop of another item ends the each with what has run; those that wait are skipped', async () => {
    class Stops extends Pipeline<{ seen: number[] }> {
      static readonly pipeline = { name: 'stops', merge: { seen: 'append' } } as const;
      @Step({ to: 'work' })
      load() {
        return [0, 1, 2];
      }
      @ForEach({ to: 'after' })
      async work({ index, state }: Each<this, number>) {
        state.seen.push(index);
        if (index === 0) return suspend<number>('?');
        if (index === 1) return 'done';
        await sleep(3);
        return stop();
      }
      @Step()
      after() {}
    }
    const run = new Stops().run({ seen: [] });
    const events = await eventsOf(run);
    const result = await run.result;
    expect(result).toMatchObject({ status: 'success', outputs: { work: ['done'] }, state: { seen: [0, 1, 2] } });
    expect(result.ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 2, skipped: 1 } });
    expect(events).toContainEqual(expect.objectContaining({ type: 'step-skip', step: 'work', index: 0 }));
  });

  it('a failure of another item fails the each; those that wait are cancelled', async () => {
    class Fails extends Pipeline<object> {
      static readonly pipeline = { name: 'fails' };
      @Step({ to: 'work' })
      load() {
        return [0, 1];
      }
      @ForEach()
      async work({ index }: Each<this, number>) {
        if (index === 0) return suspend<number>('?');
        await sleep(2);
        throw new Error('no');
      }
    }
    const run = new Fails().run({});
    const events = await eventsOf(run);
    const { status, ledger } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(ledger.work).toEqual({ status: 'failed', visits: ['failed'], items: { failed: 1, cancelled: 1 } });
    expect(events).toContainEqual(expect.objectContaining({ type: 'step-cancel', index: 0, why: 'cancelled' }));
  });

  it('that have streamed keep their text, and lose it with their each', async () => {
    class Says extends Pipeline<{ lose: boolean }> {
      static readonly pipeline = { name: 'says' };
      @Step({ to: ['work', 'quick'] })
      load() {
        return [1, 2];
      }
      @ForEach({ to: 'first' })
      async *work({ item }: Each<this, number>) {
        yield `item ${item}. `;
        return suspend<number>('?');
      }
      @Step({ to: 'first' })
      quick() {
        return suspend<number>('quick?');
      }
      @Step({ join: 'any' })
      first({ input }: Ctx<this, unknown>) {
        return input;
      }
    }
    const first = await suspendedOf(new Says().run({ lose: true }));
    expect(first.text.length).toBe('item 1. item 2. '.length);
    const second = await suspendedOf(new Says().resume(reread(first.checkpoint), { 'work[0]': 1 }));
    expect(second.text).toBe(first.text);
    const run = new Says().resume(reread(second.checkpoint), { quick: 1 });
    const events = await eventsOf(run);
    const result = await run.result;
    expect(result).toMatchObject({ status: 'success', text: '', texts: {}, ledger: { work: { visits: ['lost'] } } });
    expect(result.ledger.work.items).toEqual({ done: 1, lost: 1 });
    expect(events.filter(({ type }) => type === 'token-reset')).toHaveLength(2);
    // Those that have waited for longer win as usual.
    const other = await new Says().resume(reread(second.checkpoint), { 'work[1]': 2 }).result;
    expect(other).toMatchObject({
      status: 'success',
      outputs: { first: [1, 2] },
      ledger: { quick: { visits: ['lost'] } },
    });
    expect(other.text).toBe(first.text);
  });
});

class Ask extends Pipeline<{ n: number; answer?: number }> {
  static readonly pipeline = { name: 'ask' };
  @Streaming({ to: 'after' })
  async *ask({ state }: Ctx<this>) {
    yield `ask ${state.n}. `;
    return suspend<number>({ n: state.n });
  }
  @Step()
  after({ state, input }: Ctx<this, number>) {
    state.answer = input * 10;
  }
}

describe('children that suspend', () => {
  class All extends Pipeline<object> {
    static readonly pipeline = { name: 'all' };
    readonly ask = new Ask();
    @Step({ to: 'work' })
    load() {
      return [1, 2, 3];
    }
    @SubPipeline(() => Ask, { each: true, concurrency: 1, to: 'end' })
    work({ item }: Each<this, number>) {
      return call(this.ask, { n: item });
    }
    @Step()
    end({ input }: Ctx<this, { n: number; answer?: number }[]>) {
      return input.map(({ answer }) => answer);
    }
  }

  it('as items free their place for the next one, and go on each with its own answer', async () => {
    const first = await suspendedOf(new All().run({}));
    expect(first.asks.map(({ key, path, step }) => [key, path, step])).toEqual([
      ['work[0]/ask', ['work[0]'], 'ask'],
      ['work[1]/ask', ['work[1]'], 'ask'],
      ['work[2]/ask', ['work[2]'], 'ask'],
    ]);
    const second = await suspendedOf(new All().resume(reread(first.checkpoint), { 'work[1]/ask': 5 }));
    expect(second.asks.map(({ key }) => key)).toEqual(['work[0]/ask', 'work[2]/ask']);
    expect(second.ledger.work.items).toEqual({ done: 1 });
    const last = await new All().resume(reread(second.checkpoint), { 'work[2]/ask': 6, 'work[0]/ask': 4 }).result;
    expect(last.outputs.end).toEqual([40, 50, 60]);
    expect(last.text).toBe('ask 1. ask 2. ask 3. ');
    expect(last.ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 3 } });
  });

  it('two answers in one child: it ends behind the second', async () => {
    class Pair extends Pipeline<{ sum: number[] }> {
      static readonly pipeline = { name: 'pair' };
      @Step({ to: ['a', 'b'] })
      begin() {}
      @Step()
      a() {
        return suspend<number>('a?');
      }
      @Step()
      b() {
        return suspend<number>('b?');
      }
    }
    class Holder extends Pipeline<object> {
      static readonly pipeline = { name: 'holder' };
      readonly pair = new Pair();
      @SubPipeline(() => Pair)
      work() {
        return call(this.pair, { sum: [] });
      }
    }
    const { checkpoint } = await suspendedOf(new Holder().run({}));
    const run = new Holder().resume(reread(checkpoint), { 'work/b': 2, 'work/a': 1 });
    const events = await eventsOf(run);
    expect((await run.result).status).toBe('success');
    expect(events.flatMap((event) => (event.type === 'step-end' ? [event.step] : []))).toEqual(['a', 'b', 'work']);
  });

  it('that fail behind their answer are tried again from the beginning, with a new question', async () => {
    let calls = 0;
    class Retried extends Pipeline<{ n: number }> {
      static readonly pipeline = { name: 'retried' };
      readonly ask = new Risky();
      @SubPipeline(() => Risky, { retry: 2 })
      work({ state }: Ctx<this>) {
        calls++;
        return call(this.ask, { n: state.n });
      }
    }
    const first = await suspendedOf(new Retried().run({ n: 7 }));
    const run = new Retried().resume(reread(first.checkpoint), { 'work/ask': 'fail' });
    const events = await eventsOf(run);
    const second = await suspendedOf(run);
    expect(calls).toBe(2);
    expect(second.text).toBe('asking 7 ');
    expect(events.filter(({ type }) => type === 'token-reset')).toHaveLength(1);
    expect(second.asks).toMatchObject([{ key: 'work/ask', ask: 7 }]);
    const result = await new Retried().resume(reread(second.checkpoint), { 'work/ask': 'fine' }).result;
    expect(result).toMatchObject({ status: 'success', outputs: { work: { n: 7 } }, text: 'asking 7 ' });
    const failed = await outcomeOf(new Retried().resume(reread(second.checkpoint), { 'work/ask': 'fail' }));
    expect(failed).toMatchObject({ status: 'failed', ledger: { work: { visits: ['failed'] } } });
  });

  it('a stop of the parent skips a child that waits, with everything inside it', async () => {
    class Deep extends Pipeline<object> {
      static readonly pipeline = { name: 'deep' };
      readonly ask = new Ask();
      @SubPipeline(() => Ask)
      inner() {
        return call(this.ask, { n: 1 });
      }
      @OnShutdown({ per: 'run' })
      down({ outcome }: { outcome?: Outcome }) {
        notes.push(`deep ${outcome!.status}`);
      }
    }
    class Stopped extends Pipeline<object> {
      static readonly pipeline = { name: 'stopped' };
      readonly deep = new Deep();
      @Step({ to: ['work', 'halt'] })
      begin() {}
      @SubPipeline(() => Deep)
      work() {
        return call(this.deep, {});
      }
      @Step()
      async halt() {
        await sleep(5);
        return stop();
      }
    }
    taken();
    const run = new Stopped().run({});
    const events = await eventsOf(run);
    const { status, ledger } = await run.result;
    expect(status).toBe('success');
    expect(ledger.work).toEqual({ status: 'skipped', visits: ['skipped'] });
    expect(taken()).toEqual(['deep cancelled']);
    expect(
      events.flatMap((event) => (event.type === 'step-skip' ? [[...event.path, event.step].join('/')] : [])),
    ).toEqual(['work/inner/ask', 'work/inner', 'work']);
  });

  it('a failure elsewhere cancels a child that waits, and its hooks still run', async () => {
    class Failing extends Pipeline<object> {
      static readonly pipeline = { name: 'failing' };
      readonly desk = new Desk();
      @Step({ to: ['work', 'fail'] })
      begin() {}
      @SubPipeline(() => Desk)
      work() {
        return call(this.desk, { paper: 'p' });
      }
      @Step()
      async fail() {
        await sleep(5);
        throw new Error('no');
      }
    }
    taken();
    const run = new Failing().run({});
    const events = await eventsOf(run);
    const { status, ledger } = await outcomeOf(run);
    expect([status, ledger.work.visits]).toEqual(['failed', ['cancelled']]);
    expect(taken()).toEqual(['desk up', 'desk run up', 'sign', 'desk run cancelled', 'desk down']);
    expect(
      events.flatMap((event) => (event.type === 'step-cancel' ? [[...event.path, event.step].join('/')] : [])),
    ).toEqual(['work/sign', 'work']);
  });

  it('the timeout of their step does not count while they wait, and begins anew with the answer', async () => {
    class Timed extends Pipeline<object> {
      static readonly pipeline = { name: 'timed' };
      readonly slow = new SlowAnswer();
      @SubPipeline(() => SlowAnswer, { timeout: 40 })
      work() {
        return call(this.slow, { wait: 1 });
      }
    }
    const { checkpoint } = await suspendedOf(new Timed().run({}));
    await sleep(50);
    await expect(new Timed().resume(reread(checkpoint), { 'work/ask': 1 }).result).resolves.toMatchObject({
      status: 'success',
    });
    const late = await outcomeOf(new Timed().resume(reread(checkpoint), { 'work/ask': 2_000 }));
    expect(late).toMatchObject({ status: 'failed', error: { code: 'STEP_TIMEOUT', step: 'work' } });
  });
});

class Risky extends Pipeline<{ n: number }> {
  static readonly pipeline = { name: 'risky' };
  @Streaming({ to: 'use' })
  async *ask({ state }: Ctx<this>) {
    yield `asking ${state.n} `;
    return suspend<string>(state.n);
  }
  @Step()
  use({ input }: Ctx<this, string>) {
    if (input === 'fail') throw new Error('it fails');
  }
}

class SlowAnswer extends Pipeline<{ wait: number }> {
  static readonly pipeline = { name: 'slow-answer' };
  @Step({ to: 'use' })
  ask() {
    return suspend<number>('?');
  }
  @Step()
  async use({ input, signal }: Ctx<this, number>) {
    await Promise.race([sleep(input), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
  }
}
