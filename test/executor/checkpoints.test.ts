import {
  call,
  MisuseError,
  OnError,
  Pipeline,
  planOf,
  Step,
  SubPipeline,
  suspend,
  type Checkpoint,
  type Ctx,
  type Join,
} from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

class Letter extends Pipeline<{ text: string }> {
  static readonly pipeline = { name: 'letter' };
  @Step({ to: 'read' })
  write() {
    return 'Dear';
  }
  @Step({ to: 'send' })
  read({ input }: Ctx<this, string>) {
    return suspend<string>(input);
  }
  @Step()
  send({ input, outputs }: Ctx<this, string>) {
    return `${String(outputs.write)} ${input}`;
  }
}

const suspended = async (): Promise<Checkpoint> => (await suspendedOf(new Letter().run({ text: 'x' }))).checkpoint;

const refusal = (resume: () => unknown): MisuseError => {
  try {
    resume();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return error as MisuseError;
  }
  throw new Error('it was not refused');
};

describe('the same pipeline, changed (H.4)', () => {
  it('is resumed when its methods have moved, and do something else', async () => {
    class Moved extends Pipeline<{ text: string }> {
      static readonly pipeline = { name: 'letter' };
      @Step()
      send({ input, outputs }: Ctx<this, string>) {
        return `moved ${String(outputs.write)} ${input}`;
      }
      @Step({ to: 'send' })
      read() {
        return 'no longer asks' as string;
      }
      @Step({ to: 'read' })
      write() {
        return 1;
      }
    }
    const { outputs } = await new Moved().resume(await suspended(), { read: 'Ann' } as never).result;
    expect(outputs).toEqual({ write: 'Dear', read: 'Ann', send: 'moved Dear Ann' });
  });

  it('is resumed when timeouts, retries, handlers and concurrency have changed', async () => {
    class Tuned extends Pipeline<{ text: string }> {
      static readonly pipeline = { name: 'letter', maxVisits: 7 };
      @Step({ to: 'read', retry: 3, timeout: 500 })
      write() {
        return 'Dear';
      }
      @Step({ to: 'send', concurrency: 1, meta: { label: 'Read' } })
      read({ input }: Ctx<this, string>) {
        return suspend<string>(input);
      }
      @OnError()
      any() {}
      @Step({ timeout: 100 })
      send({ input }: Ctx<this, string>) {
        return input;
      }
    }
    const result = await new Tuned().resume(await suspended(), { read: 'Ann' }).result;
    expect(result.outputs.send).toBe('Ann');
  });

  class Longer extends Pipeline<{ text: string }> {
    static readonly pipeline = { name: 'letter' };
    @Step({ to: 'read' })
    write() {
      return 'Dear';
    }
    @Step({ to: 'check' })
    read({ input }: Ctx<this, string>) {
      return suspend<string>(input);
    }
    @Step({ to: 'send' })
    check({ input }: Ctx<this, string>) {
      return input;
    }
    @Step()
    send({ input }: Ctx<this, string>) {
      return input;
    }
  }

  it('is refused when its edges or steps have changed, naming the steps that differ', async () => {
    const checkpoint = await suspended();
    const error = refusal(() => new Longer().resume(checkpoint, { read: 'Ann' }));
    expect(error.code).toBe('PLAN_CHANGED');
    expect(error.message).toContain('the class has changed since this run was suspended, in read, check.');
  });

  it('is resumed when it migrates: what that returns is checked as any other', async () => {
    class Migrating extends Longer {
      static override readonly pipeline = {
        name: 'letter',
        migrate: (old: Checkpoint): Checkpoint => ({ ...old, fingerprint: planOf(Longer).fingerprint }),
      };
    }
    const checkpoint = await suspended();
    const before = reread(checkpoint);
    const result = await new Migrating().resume(checkpoint, { read: 'Ann' }).result;
    expect(result).toMatchObject({ status: 'success', outputs: { write: 'Dear', check: 'Ann', send: 'Ann' } });
    expect(checkpoint).toEqual(before);
    class Wrong extends Longer {
      static override readonly pipeline = {
        name: 'letter',
        migrate: (old: Checkpoint) => ({ ...old, root: {} }) as unknown as Checkpoint,
      };
    }
    expect(refusal(() => new Wrong().resume(checkpoint, { read: 'Ann' })).code).toBe('INVALID_CHECKPOINT');
    class Lazy extends Longer {
      static override readonly pipeline = { name: 'letter', migrate: (old: Checkpoint) => old };
    }
    expect(refusal(() => new Lazy().resume(checkpoint, { read: 'Ann' })).code).toBe('PLAN_CHANGED');
    const thrown = new RangeError('no way from there');
    class Throws extends Longer {
      static override readonly pipeline = {
        name: 'letter',
        migrate: (): Checkpoint => {
          throw thrown;
        },
      };
    }
    expect(() => new Throws().resume(checkpoint, { read: 'Ann' })).toThrow(thrown);
  });

  it('does not migrate what fits as it is', async () => {
    class Fits extends Letter {
      static override readonly pipeline = {
        name: 'letter',
        migrate: (): Checkpoint => {
          throw new Error('not called');
        },
      };
    }
    const { status } = await new Fits().resume(await suspended(), { read: 'Ann' }).result;
    expect(status).toBe('success');
  });
});

describe('children in a checkpoint', () => {
  class Parent extends Pipeline<object> {
    static readonly pipeline = { name: 'parent' };
    readonly letter: Letter = new Letter();
    @SubPipeline(() => Letter)
    work() {
      return call(this.letter, { text: 'y' });
    }
  }
  class Child2 extends Pipeline<{ text: string }> {
    static readonly pipeline = { name: 'letter' };
    @Step()
    read() {
      return suspend<string>('?');
    }
  }

  it('a class of a child that has changed is a change of the step that runs it', async () => {
    const { checkpoint } = await suspendedOf(new Parent().run({}));
    class Other extends Pipeline<object> {
      static readonly pipeline = { name: 'parent' };
      readonly letter = new Child2();
      @SubPipeline(() => Child2)
      work() {
        return call(this.letter, { text: 'y' });
      }
    }
    const error = refusal(() => new Other().resume(checkpoint, { 'work/read': 'Ann' }));
    expect([error.code, error.message]).toEqual(['PLAN_CHANGED', expect.stringContaining('in work.')]);
  });

  it('an instance that is of another plan, or not in its field any more, is refused', async () => {
    const { checkpoint } = await suspendedOf(new Parent().run({}));
    class Signed extends Letter {
      @Step({ to: 'sign' })
      override send() {
        return 'sent';
      }
      @Step()
      sign() {}
    }
    const signed = new Parent();
    Object.assign(signed, { letter: new Signed() });
    const gone = new Parent();
    Object.assign(gone, { letter: undefined });
    for (const parent of [signed, gone])
      expect(refusal(() => parent.resume(checkpoint, { 'work/read': 'Ann' })).code).toBe('INVALID_CHECKPOINT');
    // A subclass that only does other things is as good.
    class Polite extends Letter {
      override send() {
        return 'politely';
      }
    }
    const polite = new Parent();
    Object.assign(polite, { letter: new Polite() });
    expect((await polite.resume(checkpoint, { 'work/read': 'Ann' }).result).status).toBe('success');
  });
});

describe('another pipeline', () => {
  it('is refused, whatever its plan is', async () => {
    class Post extends Letter {
      static override readonly pipeline = { name: 'post' };
    }
    const checkpoint = await suspended();
    const error = refusal(() => new Post().resume(checkpoint, { read: 'x' }));
    expect([error.code, error.message]).toEqual(['WRONG_CHECKPOINT', expect.stringContaining('a run of "letter"')]);
  });

  it('something that is no checkpoint is refused', () => {
    for (const none of [undefined, null, 1, 'x', [], {}, { v: 2 }, new Date(), () => undefined, Symbol('x'), 10n])
      expect(refusal(() => new Letter().resume(none as never, { read: 'x' }))).toMatchObject({
        code: 'INVALID_CHECKPOINT',
      });
  });
});

describe('a checkpoint that is too large', () => {
  class Large extends Pipeline<{ small: string; large: string }> {
    static readonly pipeline = { name: 'large' };
    @Step({ to: 'ask' })
    load({ state }: Ctx<this>) {
      return state.large.length;
    }
    @Step()
    ask() {
      return suspend<number>('?');
    }
  }

  it('fails the run, and names the largest part', async () => {
    const { status, error, ledger } = await outcomeOf(
      new Large().run({ small: 'x'.repeat(1_000_000), large: 'x'.repeat(16_000_000) }),
    );
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'CHECKPOINT_TOO_LARGE' });
    expect(error?.message).toContain('the largest part is state.large with 16000002');
    expect(ledger.ask.visits).toEqual(['cancelled']);
  });
});

describe('what a checkpoint keeps', () => {
  it('is everything, however deep: also a state that is nested as deep as it may be', async () => {
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 999; depth++) deep = { deep };
    const checkpoint = reread((await suspendedOf(new Letter().run({ text: 'x', deep } as never))).checkpoint);
    const { state } = await new Letter().resume(checkpoint, { read: 'Ann' }).result;
    expect(state).toEqual({ text: 'x', deep });
  });

  it('are the conflicts of what waits: an each or a child sees later what others have changed meanwhile', async () => {
    class Asks extends Pipeline<object> {
      static readonly pipeline = { name: 'asks' };
      @Step()
      ask() {
        return suspend<number>('?');
      }
    }
    class Both extends Pipeline<{ n: number; m?: number }> {
      static readonly pipeline = { name: 'both' };
      readonly asks = new Asks();
      @Step({ to: ['work', 'other'] })
      begin() {}
      @SubPipeline(() => Asks, { to: 'end' })
      work({ state }: Ctx<this>) {
        state.m = 1;
        state.n += 1;
        return call(this.asks, {});
      }
      @Step({ to: 'end' })
      other({ state }: Ctx<this>) {
        state.n += 1;
      }
      @Step()
      end(_: Join<this, { work: object; other: void }>) {}
    }
    const { checkpoint } = await suspendedOf(new Both().run({ n: 0 }));
    const { status, error } = await outcomeOf(new Both().resume(reread(checkpoint), { 'work/ask': 1 }));
    expect([status, error]).toEqual([
      'failed',
      expect.objectContaining({ code: 'STATE_CONFLICT', step: 'work', other: 'other', path: ['n'] }),
    ]);
  });
});

describe('resume with a store (H.3)', () => {
  it('takes its segment once; whoever comes second is told what the first has answered', async () => {
    const store = memoryStore();
    const { checkpoint } = await suspendedOf(new Letter().run({ text: 'x' }, { store }));
    const won = await new Letter().resume(checkpoint, { read: 'Ann' }, { store }).result;
    expect(won.outputs.send).toBe('Dear Ann');
    const late = new Letter().resume(reread(checkpoint), { read: 'Bob' }, { store });
    const events = await eventsOf(late);
    const { status, error, outputs } = await outcomeOf(late);
    expect([status, outputs]).toEqual(['failed', { write: 'Dear' }]);
    expect(error).toMatchObject({ code: 'ALREADY_RESUMED', answers: { read: 'Ann' } });
    expect(events.map(({ type }) => type)).toEqual(['run-start', 'run-end']);
    expect((events[1] as { ledger?: object }).ledger).toMatchObject({ read: { visits: ['suspended'] } });
    // It has changed nothing of what is kept.
    expect(await store.get(checkpoint.runId)).toMatchObject({ status: 'success', segment: 2 });
  });

  it('gives the segment back when a startup hook fails, or the run is cancelled before its first step', async () => {
    const store = memoryStore();
    const { checkpoint } = await suspendedOf(new Letter().run({ text: 'x' }, { store }));
    const controller = new AbortController();
    const cancelled = new Letter().resume(checkpoint, { read: 'x' }, { store, signal: controller.signal });
    controller.abort();
    expect((await outcomeOf(cancelled)).status).toBe('cancelled');
    const slow = {
      ...wrap(store),
      claim: async (...args: Parameters<typeof store.claim>) => (await sleep(10), store.claim(...args)),
    };
    const late = new Letter().resume(checkpoint, { read: 'x' }, { store: slow });
    setTimeout(() => void late.cancel(), 3);
    expect((await late.result).status).toBe('cancelled');
    // The claim that it had asked for is won after its end, and given back then.
    await sleep(20);
    expect(await store.get(checkpoint.runId)).toMatchObject({ status: 'suspended', segment: 1 });
    const { outputs } = await new Letter().resume(checkpoint, { read: 'Ann' }, { store }).result;
    expect(outputs.send).toBe('Dear Ann');
  });

  it('fails with what the store says if that can’t be asked', async () => {
    const { checkpoint } = await suspendedOf(new Letter().run({ text: 'x' }));
    const store = { ...wrap(memoryStore()), claim: () => Promise.reject(new Error('no connection')) };
    const { status, error, warnings } = await outcomeOf(new Letter().resume(checkpoint, { read: 'x' }, { store }));
    expect([status, error?.message, warnings]).toEqual(['failed', 'no connection', []]);
  });

  it('refuses a run that somebody here has resumed without the store, and gives the segment back', async () => {
    const store = memoryStore();
    const bot = new Slow();
    const { checkpoint } = await suspendedOf(bot.run({ text: 'x' }));
    const first = bot.resume(checkpoint, { read: 'x' });
    await sleep(2);
    const { error } = await outcomeOf(bot.resume(checkpoint, { read: 'x' }, { store }));
    expect(error).toMatchObject({ code: 'RUN_ID_IN_USE' });
    expect(() => bot.run({ text: 'x' }, { id: checkpoint.runId })).toThrow('is alive on this instance');
    await first.result;
    expect(await store.claim(checkpoint.runId, 2, {})).toEqual({ won: true });
  });

  it('keeps its id from those who lose: the winner is alive until its end', async () => {
    const store = memoryStore();
    const bot = new Slow();
    const { checkpoint } = await suspendedOf(bot.run({ text: 'x' }));
    const [first, second] = [1, 2].map((n) => bot.resume(checkpoint, { read: `${n}` }, { store }));
    expect((await outcomeOf(second)).error).toMatchObject({ code: 'ALREADY_RESUMED' });
    expect(() => bot.run({ text: 'x' }, { id: checkpoint.runId })).toThrow('is alive on this instance');
    expect((await first.result).status).toBe('success');
    expect((await bot.run({ text: 'x' }, { id: checkpoint.runId }).result).status).toBe('suspended');
  });
});

class Slow extends Pipeline<{ text: string }> {
  static readonly pipeline = { name: 'slow' };
  @Step({ to: 'send' })
  read() {
    return suspend<string>('?');
  }
  @Step()
  async send() {
    await sleep(20);
    return 'sent';
  }
}

/** A store's methods as fields, so that some can be replaced. */
function wrap(store: ReturnType<typeof memoryStore>): ReturnType<typeof memoryStore> {
  const names = ['claim', 'release', 'save', 'get', 'list', 'prune', 'delete', 'close'] as const;
  return Object.fromEntries(names.map((name) => [name, (store[name] as () => unknown).bind(store)])) as never;
}
