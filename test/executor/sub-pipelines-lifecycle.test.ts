import {
  call,
  HookError,
  OnError,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  type Call,
  type Ctx,
  type Each,
  type Failure,
  type HookContext,
  type Join,
  type RunContext,
  type RunEvent,
  type Skip,
  skip,
} from 'stepstream';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

const seen: string[] = [];
beforeEach(() => void seen.splice(0));

class Child extends Pipeline<{ n: number }> {
  @OnStartup()
  async childUp(): Promise<void> {
    await sleep(1);
    seen.push('child up');
  }
  @Step()
  go({ state }: Ctx<this>): void {
    seen.push(`go ${state.n}`);
  }
  @OnShutdown()
  async childDown(): Promise<void> {
    await sleep(1);
    seen.push('child down');
  }
}

class Parent extends Pipeline<object> {
  child: Child;
  constructor(child = new Child()) {
    super();
    this.child = child;
  }
  @OnStartup()
  up(): void {
    seen.push('up');
  }
  @Step({ to: 'first' })
  before(): void {
    seen.push('before');
  }
  @SubPipeline(() => Child, { to: 'second' })
  first(_: Ctx<this>) {
    return call(this.child, { n: 1 });
  }
  @SubPipeline(() => Child)
  second(_: Ctx<this>) {
    return call(this.child, { n: 2 });
  }
  @OnShutdown()
  down(): void {
    seen.push('down');
  }
}

/** A pipeline that calls this child and no more, and soon gives up what does not end. */
function around(child: Pipeline<object>) {
  class Around extends Pipeline<object> {
    static readonly pipeline = { cancelGrace: 10 };
    readonly child = child;
    @SubPipeline(() => child.constructor as new () => Pipeline<object>)
    sub(_: Ctx<this>) {
      return call(this.child, {});
    }
  }
  return new Around();
}

describe('the instance of a child', () => {
  it('starts up when it is first used, is held up to the end of the run, and goes down after its parent (G.5)', async () => {
    const run = new Parent().run({});
    const events = (await eventsOf(run)) as RunEvent[];
    expect(seen).toEqual(['up', 'before', 'child up', 'go 1', 'go 2', 'down', 'child down']);
    // Its hooks are events of the run that it is up for, in its own name.
    expect(
      events.flatMap((event) => ('hook' in event ? `${event.type} ${event.pipeline}.${event.hook} ${event.per}` : [])),
    ).toEqual([
      'hook-start Parent.up instance',
      'hook-end Parent.up instance',
      'hook-start Child.childUp instance',
      'hook-end Child.childUp instance',
      'hook-start Parent.down instance',
      'hook-end Parent.down instance',
      'hook-start Child.childDown instance',
      'hook-end Child.childDown instance',
    ]);
    expect(events.at(-1)!.type).toBe('run-end');
  });

  it('is not started for a run that never calls it', async () => {
    class Skips extends Parent {
      override first(_: Ctx<this>) {
        return skip() as unknown as Call<Child>;
      }
    }
    await new Skips().run({}).result;
    expect(seen).toEqual(['up', 'before', 'down']);
  });

  it('is shared by runs at once: of several parents, and of its own', async () => {
    const child = new Child();
    const parents = [new Parent(child), new Parent(child)];
    await Promise.all([...parents.map((parent) => parent.run({}).result), child.run({ n: 9 }).result]);
    expect(seen.filter((one) => one.startsWith('child'))).toEqual(['child up', 'child down']);
    expect(seen.filter((one) => one.startsWith('go'))).toHaveLength(5);
    await parents[0].run({}).result;
    expect(seen.filter((one) => one.startsWith('child'))).toEqual(['child up', 'child down', 'child up', 'child down']);
  });

  it('starts once for several steps of one run that need it at the same time', async () => {
    class Wide extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['a', 'b'] })
      begin(): void {}
      @SubPipeline(() => Child)
      a(_: Ctx<this>) {
        return call(this.child, { n: 1 });
      }
      @SubPipeline(() => Child)
      b(_: Ctx<this>) {
        return call(this.child, { n: 2 });
      }
    }
    await new Wide().run({}).result;
    expect(seen).toEqual(['child up', 'go 1', 'go 2', 'child down']);
  });

  it('is one and the same for one child per item', async () => {
    class PerItem extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'each' })
      load(): number[] {
        return [0, 1, 2];
      }
      @SubPipeline(() => Child, { each: true })
      each({ item }: Each<this, number>) {
        return call(this.child, { n: item });
      }
    }
    await new PerItem().run({}).result;
    expect(seen).toEqual(['child up', 'go 0', 'go 1', 'go 2', 'child down']);
  });

  it('of a child of a child goes down after that one', async () => {
    class Middle extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child)
      inner(_: Ctx<this>) {
        return call(this.child, { n: 1 });
      }
      @OnShutdown()
      middleDown(): void {
        seen.push('middle down');
      }
    }
    class Root extends Pipeline<object> {
      middle = new Middle();
      @SubPipeline(() => Middle)
      outer(_: Ctx<this>) {
        return call(this.middle, {});
      }
      @OnShutdown()
      rootDown(): void {
        seen.push('root down');
      }
    }
    await new Root().run({}).result;
    expect(seen).toEqual(['child up', 'go 1', 'root down', 'middle down', 'child down']);
  });
});

describe('a child that can’t start up', () => {
  class Broken extends Pipeline<object> {
    tries = 0;
    works = 9;
    @OnStartup()
    ok(): void {
      seen.push('ok');
    }
    @OnStartup()
    connect(): void {
      if (++this.tries < this.works) throw new Error(`refused ${this.tries}`);
      seen.push('connected');
    }
    @Step()
    go(): void {
      seen.push('go');
    }
    @OnShutdown()
    notOk(): void {
      seen.push('not ok');
    }
    @OnShutdown()
    disconnect(): void {
      seen.push('disconnected');
    }
  }
  class Caller extends Pipeline<object> {
    child = new Broken();
    @SubPipeline(() => Broken)
    sub(_: Ctx<this>) {
      return call(this.child, {});
    }
  }

  it('is the failure of its step, with the HookError as its cause; what had started is undone (G.2)', async () => {
    const run = new Caller().run({});
    const events = (await eventsOf(run)) as RunEvent[];
    const { status, error, ledger } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(error!.message).toContain('Caller.sub: Broken.connect');
    expect(error!.cause).toBeInstanceOf(HookError);
    expect(seen).toEqual(['ok', 'not ok']);
    expect(ledger.sub.status).toBe('failed');
    expect(events.filter((event) => 'path' in event && event.path.length > 0)).toEqual([]);
  });

  it('is tried again with its step', async () => {
    class Again extends Pipeline<object> {
      child = new Broken();
      @SubPipeline(() => Broken, { retry: { attempts: 3, delay: 1 } })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const again = new Again();
    again.child.works = 3;
    expect((await again.run({}).result).status).toBe('success');
    expect(seen).toEqual(['ok', 'not ok', 'ok', 'not ok', 'ok', 'connected', 'go', 'disconnected', 'not ok']);
  });

  it('is recovered by a handler of its step', async () => {
    class Rescued extends Pipeline<object> {
      child = new Broken();
      @SubPipeline(() => Broken, { onError: 'rescue' })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
      @OnError()
      rescue({ error }: Failure<this>): object {
        return { code: (error as HookError).code };
      }
    }
    expect((await new Rescued().run({}).result).outputs.sub).toEqual({ code: 'HOOK_FAILED' });
  });
});

describe('the wait for an instance that starts up', () => {
  class Slow extends Pipeline<object> {
    readonly starting = gate();
    readonly up = gate();
    @OnStartup()
    async connect({ signal }: HookContext): Promise<void> {
      this.starting.open();
      await Promise.race([this.up.promise, whenAborted(signal)]);
      seen.push(signal.aborted ? 'startup aborted' : 'up');
      signal.throwIfAborted();
    }
    @Step()
    go(): void {
      seen.push('go');
    }
    @OnShutdown()
    disconnect(): void {
      seen.push('down');
    }
  }

  it('ends with the run that is cancelled: startup is aborted, nothing of the child begins (G.2)', async () => {
    class Caller extends Pipeline<object> {
      child = new Slow();
      @SubPipeline(() => Slow)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const caller = new Caller();
    const run = caller.run({});
    await caller.child.starting.promise;
    await run.cancel();
    const { ledger, abandoned } = await run.result;
    expect(seen).toEqual(['startup aborted']);
    expect(ledger.sub.status).toBe('cancelled');
    expect(abandoned).toEqual([]);
  });

  it('counts for the timeout of the step, and ends with it', async () => {
    class Caller extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 500 };
      child = new Slow();
      @SubPipeline(() => Slow, { timeout: 20, retry: 2 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const since = performance.now();
    const { error, abandoned } = await outcomeOf(new Caller().run({}));
    expect(error).toMatchObject({ code: 'STEP_TIMEOUT', attempt: 2 });
    expect(performance.now() - since).toBeLessThan(400);
    expect(abandoned).toEqual([]);
    expect(seen).toEqual(['startup aborted', 'startup aborted']);
  });

  it('goes on for the other steps that need it', async () => {
    class Race extends Pipeline<object> {
      child = new Slow();
      @Step({ to: ['late', 'patient'] })
      begin(): void {}
      @SubPipeline(() => Slow, { timeout: 20, onError: 'rescue' })
      late(_: Ctx<this>) {
        return call(this.child, {});
      }
      @SubPipeline(() => Slow)
      patient(_: Ctx<this>) {
        return call(this.child, {});
      }
      @OnError()
      rescue(): object {
        seen.push('rescued');
        this.child.up.open();
        return {};
      }
    }
    const { status, ledger } = await new Race().run({}).result;
    expect(status).toBe('success');
    expect(ledger).toMatchObject({ late: { status: 'recovered' }, patient: { status: 'done' } });
    expect(seen).toEqual(['rescued', 'up', 'go', 'down']);
  });

  it('ends for a branch that has lost, without holding up the winner', async () => {
    class Race extends Pipeline<object> {
      child = new Slow();
      @Step({ to: ['sub', 'quick'] })
      begin(): void {}
      @SubPipeline(() => Slow, { to: 'first' })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
      @Step({ to: 'first' })
      async quick(): Promise<string> {
        await this.child.starting.promise;
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { sub?: object; quick?: string }>): unknown {
        return inputs;
      }
    }
    const { outputs, ledger } = await new Race().run({}).result;
    expect(outputs.first).toEqual({ quick: 'quick' });
    expect(ledger.sub.status).toBe('lost');
    expect(seen).toEqual(['startup aborted']);
  });
});

describe('hooks per run of a child', () => {
  class Hooked extends Pipeline<{ n: number; log: string[] }, { user: string }> {
    @OnStartup({ per: 'run' })
    async begin({ state, context, runId }: RunContext<{ n: number; log: string[] }, { user: string }>): Promise<void> {
      await sleep(1);
      seen.push(`begin ${state.n} for ${context.user} in ${runId}`);
      state.log.push('begin');
    }
    @Streaming({ to: 'check' })
    async *speak({ state, usage }: Ctx<this>): AsyncGenerator<string> {
      usage({ input: state.n, output: 1 });
      yield `say ${state.n}`;
    }
    @Step()
    async check({ state, signal }: Ctx<this>): Promise<void> {
      if (state.n === 13) throw new Error('unlucky');
      if (state.n === 99) await whenAborted(signal);
      state.log.push('checked');
    }
    @OnShutdown({ per: 'run' })
    async end({ state, outcome }: RunContext<{ n: number; log: string[] }, { user: string }>): Promise<void> {
      await sleep(1);
      const { status, error, text, usage } = outcome!;
      seen.push(
        `end ${status} ${error?.message ?? ''} "${text}" ${usage.input}/${usage.output} ${state.log.join('+')}`,
      );
    }
  }
  class Caller extends Pipeline<{ items: number[] }, { user: string }> {
    child = new Hooked();
    @Streaming({ to: 'each' })
    async *load({ state, usage }: Ctx<this>): AsyncGenerator<string, number[]> {
      usage({ input: 1_000, output: 1_000 });
      yield 'parent ';
      return state.items;
    }
    @SubPipeline(() => Hooked, { each: true, concurrency: 1, onItemError: 'skip', retry: 2 })
    each({ item }: Each<this, number>) {
      return call(this.child, { n: item, log: [] });
    }
  }

  it('surround each call, prepare its state, and see its outcome: its own text and usage (G.4, B108)', async () => {
    const { outputs, usage } = await new Caller().run({ items: [1, 2] }, { id: 'r', context: { user: 'u' } }).result;
    expect(seen).toEqual([
      'begin 1 for u in r',
      'end success  "say 1" 1/1 begin+checked',
      'begin 2 for u in r',
      'end success  "say 2" 2/1 begin+checked',
    ]);
    expect(outputs.each).toEqual([
      { n: 1, log: ['begin', 'checked'] },
      { n: 2, log: ['begin', 'checked'] },
    ]);
    expect(usage).toMatchObject({ input: 1_003, output: 1_002 });
  });

  it('surround every attempt, and are told that it failed', async () => {
    const run = new Caller().run({ items: [13] }, { id: 'r', context: { user: 'u' } });
    const events = await eventsOf(run);
    const { outputs, text } = await run.result;
    expect(seen).toEqual([
      'begin 13 for u in r',
      'end failed Hooked.check: unlucky "say 13" 13/1 begin',
      'begin 13 for u in r',
      'end failed Hooked.check: unlucky "say 13" 13/1 begin',
    ]);
    expect(outputs.each).toEqual([]);
    expect(text).toBe('parent ');
    expect(events.flatMap((event) => ('hook' in event ? [`${event.type} ${event.hook}`] : []))).toEqual(
      [1, 2].flatMap(() => ['hook-start begin', 'hook-end begin', 'hook-start end', 'hook-end end']),
    );
  });

  it('are told that it was cancelled, before the run’s end', async () => {
    const run = new Caller().run({ items: [99] }, { id: 'r', context: { user: 'u' } });
    for await (const event of run) if (event.type === 'step-start' && event.step === 'check') break;
    expect(seen).toEqual(['begin 99 for u in r', 'end cancelled  "say 99" 99/1 begin']);
    const { ledger, abandoned } = await run.result;
    expect(ledger.each).toMatchObject({ status: 'cancelled', items: { cancelled: 1 } });
    expect(abandoned).toEqual([]);
  });

  it('that fail at startup fail the call, and only what had succeeded is undone', async () => {
    class Fails extends Pipeline<object> {
      @OnStartup({ per: 'run' })
      one(): void {
        seen.push('one');
      }
      @OnStartup({ per: 'run' })
      two(): void {
        throw new Error('no');
      }
      @Step()
      go(): void {
        seen.push('go');
      }
      @OnShutdown({ per: 'run' })
      notOne({ outcome }: RunContext<object>): void {
        seen.push(`not one: ${outcome!.status}`);
      }
      @OnShutdown({ per: 'run' })
      notTwo(): void {
        seen.push('not two');
      }
    }
    class Simple extends Pipeline<object> {
      child = new Fails();
      @SubPipeline(() => Fails)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const { error } = await outcomeOf(new Simple().run({}));
    expect(error!.cause).toBeInstanceOf(HookError);
    expect(seen).toEqual(['one', 'not one: failed']);
  });

  it('that fail at shutdown are a warning of the run, and change nothing', async () => {
    class Fails extends Pipeline<{ n: number }> {
      @Step()
      go({ state }: Ctx<this>): void {
        state.n = 1;
      }
      @OnShutdown({ per: 'run' })
      flush(): void {
        throw new Error('disk full');
      }
    }
    class Simple extends Pipeline<object> {
      child = new Fails();
      @SubPipeline(() => Fails)
      sub(_: Ctx<this>) {
        return call(this.child, { n: 0 });
      }
    }
    const { status, outputs, warnings } = await new Simple().run({}).result;
    expect([status, outputs.sub]).toEqual(['success', { n: 1 }]);
    expect(warnings).toMatchObject([{ code: 'SHUTDOWN_FAILED' }]);
    expect(warnings[0].message).toContain('Fails.flush');
  });

  it('at shutdown outlast the grace, for they have a time of their own: the run ends after them (G.4)', async () => {
    class Slow extends Pipeline<object> {
      readonly busy = gate();
      @Step()
      async go({ signal }: Ctx<this>): Promise<void> {
        this.busy.open();
        await whenAborted(signal);
      }
      @OnShutdown({ per: 'run' })
      async flush(): Promise<void> {
        await sleep(80);
        seen.push('flushed');
      }
    }
    const child = new Slow();
    const run = around(child).run({});
    await child.busy.promise;
    await run.cancel();
    seen.push('cancelled');
    expect(seen).toEqual(['flushed', 'cancelled']);
    const { abandoned, ledger } = await run.result;
    expect(abandoned).toEqual([]);
    expect(ledger.sub.status).toBe('cancelled');
  });

  it('at shutdown may still run when the run is cancelled: the child’s end is then dropped', async () => {
    class Slow extends Pipeline<object> {
      readonly flushing = gate();
      @Step()
      go(): void {}
      @OnShutdown({ per: 'run' })
      async flush({ outcome }: RunContext<object>): Promise<void> {
        this.flushing.open();
        await sleep(30);
        seen.push(`flushed after ${outcome!.status}`);
      }
    }
    class Simple extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 10 };
      child = new Slow();
      @SubPipeline(() => Slow, { to: 'after' })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
      @Step()
      after(): void {}
    }
    const simple = new Simple();
    const run = simple.run({});
    await simple.child.flushing.promise;
    await run.cancel();
    expect(seen).toEqual(['flushed after success']);
    const { status, ledger, outputs } = await run.result;
    expect([status, ledger.sub.status, outputs]).toEqual(['cancelled', 'cancelled', {}]);
  });

  it('at startup are aborted with the run, and what had started is undone', async () => {
    class Slow extends Pipeline<object> {
      readonly starting = gate();
      @OnStartup({ per: 'run' })
      one(): void {
        seen.push('one');
      }
      @OnStartup({ per: 'run' })
      async two({ signal }: RunContext<object>): Promise<void> {
        this.starting.open();
        await whenAborted(signal);
        seen.push('aborted');
        throw signal.reason;
      }
      @Step()
      go(): void {
        seen.push('go');
      }
      @OnShutdown({ per: 'run' })
      async notOne({ outcome }: RunContext<object>): Promise<void> {
        await sleep(30);
        seen.push(`not one: ${outcome!.status}`);
      }
      @OnShutdown({ per: 'run' })
      notTwo(): void {
        seen.push('not two');
      }
    }
    const child = new Slow();
    const run = around(child).run({});
    await child.starting.promise;
    await run.cancel();
    seen.push('cancelled');
    expect(seen).toEqual(['one', 'aborted', 'not one: cancelled', 'cancelled']);
    expect((await run.result).abandoned).toEqual([]);
  });
});

describe('an open parent', () => {
  it('holds the children that its runs have used open, until it is closed; they go down after it (G.5)', async () => {
    const parent = await new Parent().open();
    await parent.run({}).result;
    await parent.run({}).result;
    expect(seen).toEqual(['up', 'before', 'child up', 'go 1', 'go 2', 'before', 'go 1', 'go 2']);
    seen.splice(0);
    await parent.close();
    expect(seen).toEqual(['down', 'child down']);
    await parent.run({}).result;
    expect(seen.slice(2)).toEqual(['up', 'before', 'child up', 'go 1', 'go 2', 'down', 'child down']);
  });

  it('closed while a run is alive lets them go when that has ended', async () => {
    const child = new Child();
    const parent = await new Parent(child).open();
    await parent.run({}).result;
    seen.splice(0);
    const last = parent.run({});
    await parent.close();
    expect(seen).toEqual(['before', 'go 1', 'go 2', 'down', 'child down']);
    await last.result;
  });

  it('counts: only the last close() lets them go', async () => {
    const parent = await new Parent().open();
    await parent.open();
    await parent.run({}).result;
    await parent.close();
    expect(seen).not.toContain('child down');
    await parent.close();
    expect(seen.slice(-2)).toEqual(['down', 'child down']);
  });

  it('holds grandchildren too, and a child of two parents until both are closed', async () => {
    const child = new Child();
    class Middle extends Pipeline<object> {
      child = child;
      @SubPipeline(() => Child)
      inner(_: Ctx<this>) {
        return call(this.child, { n: 1 });
      }
    }
    class Root extends Pipeline<object> {
      middle = new Middle();
      @SubPipeline(() => Middle)
      outer(_: Ctx<this>) {
        return call(this.middle, {});
      }
    }
    const [root, parent] = [await new Root().open(), await new Parent(child).open()];
    await root.run({}).result;
    await parent.run({}).result;
    await root.close();
    expect(seen).not.toContain('child down');
    await parent.close();
    expect(seen.slice(-2)).toEqual(['down', 'child down']);
  });

  it('throws from close() what the shutdown of a child throws', async () => {
    class Fails extends Pipeline<object> {
      @Step()
      go(): void {}
      @OnShutdown()
      disconnect(): void {
        throw new Error('socket gone');
      }
    }
    class Simple extends Pipeline<object> {
      child = new Fails();
      @SubPipeline(() => Fails)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const simple = await new Simple().open();
    const { warnings } = await simple.run({}).result;
    expect(warnings).toEqual([]);
    await expect(simple.close()).rejects.toThrow('Fails.disconnect');
  });

  it('that runs itself, or a child that runs it, can be closed', async () => {
    class Self extends Pipeline<{ n: number }> {
      static readonly pipeline = { name: 'self' };
      me: Self = this;
      @OnStartup()
      up(): void {
        seen.push('self up');
      }
      @SubPipeline(() => Self)
      again({ state }: Ctx<this>): Call<Self> | Skip {
        return state.n === 0 ? skip() : call(this.me, { n: state.n - 1 });
      }
      @OnShutdown()
      down(): void {
        seen.push('self down');
      }
    }
    const self = await new Self().open();
    await self.run({ n: 3 }).result;
    await self.close();
    expect(seen).toEqual(['self up', 'self down']);
  });

  it('and its open child that has run it in turn can both be closed, in either order', async () => {
    class Ping extends Pipeline<{ n: number }> {
      other!: object;
      @SubPipeline((): typeof Pong => Pong)
      go({ state }: Ctx<this>): Call<Pong> | Skip {
        return state.n === 0 ? skip() : call(this.other as Pong, { n: state.n - 1 });
      }
      @OnShutdown()
      down(): void {
        seen.push('ping down');
      }
    }
    class Pong extends Pipeline<{ n: number }> {
      other!: Ping;
      @SubPipeline(() => Ping)
      go({ state }: Ctx<this>): Call<Ping> | Skip {
        return state.n === 0 ? skip() : call(this.other, { n: state.n - 1 });
      }
      @OnShutdown()
      down(): void {
        seen.push('pong down');
      }
    }
    const [ping, pong] = [new Ping(), new Pong()];
    [ping.other, pong.other] = [pong, ping];
    for (const order of [
      [ping, pong],
      [pong, ping],
    ] as const) {
      seen.splice(0);
      await Promise.all([ping.open(), pong.open()]);
      await Promise.all([ping.run({ n: 3 }).result, pong.run({ n: 3 }).result]);
      expect(seen).toEqual([]);
      for (const one of order) await one.close();
      expect([...seen].sort()).toEqual(['ping down', 'pong down']);
    }
  });
});

describe('the concurrency of a sub-pipeline step', () => {
  it('counts its children over all runs of the instance (F.5)', async () => {
    let active = 0;
    let most = 0;
    class Busy extends Pipeline<object> {
      @Step()
      async go(): Promise<void> {
        most = Math.max(most, ++active);
        await sleep(2);
        active--;
      }
    }
    class Simple extends Pipeline<object> {
      child = new Busy();
      @SubPipeline(() => Busy, { concurrency: 2 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const simple = new Simple();
    await Promise.all(Array.from({ length: 9 }, () => simple.run({}).result));
    expect(most).toBe(2);
  });

  it('never dead-locks a recursion with two branches, nor two classes that run one another', async () => {
    class Tree extends Pipeline<{ depth: number }> {
      static readonly pipeline = { name: 'tree' };
      me: Tree = this;
      leaves = 0;
      @Step({ to: ['left', 'right'] })
      begin({ state }: Ctx<this>): Skip | undefined {
        if (state.depth > 0) return undefined;
        this.leaves++;
        return skip();
      }
      @SubPipeline(() => Tree, { concurrency: 1 })
      async left({ state }: Ctx<this>) {
        await sleep(0);
        return call(this.me, { depth: state.depth - 1 });
      }
      @SubPipeline(() => Tree, { concurrency: 1 })
      async right({ state }: Ctx<this>) {
        await sleep(0);
        return call(this.me, { depth: state.depth - 1 });
      }
    }
    class Special extends Tree {}
    for (const tree of [new Tree(), new Special()]) {
      await Promise.all([tree.run({ depth: 4 }).result, tree.run({ depth: 3 }).result]);
      expect(tree.leaves).toBe(24);
    }
  });

  it('is freed by a retry’s end, a handler and a cancel', async () => {
    class Fails extends Pipeline<{ how: string }> {
      @Step()
      async go({ state, signal }: Ctx<this>): Promise<void> {
        if (state.how === 'wait') await whenAborted(signal);
        if (state.how === 'fail') throw new Error('no');
      }
    }
    class Simple extends Pipeline<{ how: string }> {
      child = new Fails();
      @SubPipeline(() => Fails, { concurrency: 1, retry: 2 })
      sub({ state }: Ctx<this>) {
        return call(this.child, { how: state.how });
      }
    }
    const simple = new Simple();
    expect((await outcomeOf(simple.run({ how: 'fail' }))).status).toBe('failed');
    const waiting = simple.run({ how: 'wait' });
    const next = simple.run({ how: 'go' });
    await sleep(3);
    await waiting.cancel();
    expect((await next.result).status).toBe('success');
  });
});
