import { HookError, OnShutdown, OnStartup, Pipeline, RunFailedError, Step, type Ctx } from 'stepstream';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventsOf, shortly } from '../support/events-of.js';
import { gate, type Gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

const seen: string[] = [];
beforeEach(() => void seen.splice(0));

class Service extends Pipeline<{ name: string }> {
  readonly work = new Map<string, Gate<void>>();
  @OnStartup()
  async connect(): Promise<void> {
    await sleep(1);
    seen.push('connect');
  }
  @OnStartup()
  warmUp(): void {
    seen.push('warmUp');
  }
  @Step()
  async serve({ state }: Ctx<this>): Promise<void> {
    seen.push(`serve ${state.name}`);
    await this.work.get(state.name)?.promise;
  }
  @OnShutdown()
  async disconnect(): Promise<void> {
    await sleep(1);
    seen.push('disconnect');
  }
  @OnShutdown()
  coolDown(): void {
    seen.push('coolDown');
  }
}

describe('the hooks of an instance', () => {
  it('are startup → steps → shutdown in reverse around a lone run, and told as its events (G.1)', async () => {
    const events = await eventsOf(new Service().run({ name: 'a' }));
    expect(seen).toEqual(['connect', 'warmUp', 'serve a', 'coolDown', 'disconnect']);
    expect(shortly(events)).toEqual([
      'run-start',
      'hook-start connect',
      'hook-end connect',
      'hook-start warmUp',
      'hook-end warmUp',
      'step-start serve',
      'step-end serve',
      'hook-start coolDown',
      'hook-end coolDown',
      'hook-start disconnect',
      'hook-end disconnect',
      'run-end success',
    ]);
  });

  it('run once for concurrent runs: before the first, after the last (G.1)', async () => {
    const service = new Service();
    const [a, b] = [gate(), gate()];
    service.work.set('a', a).set('b', b);
    const first = service.run({ name: 'a' });
    const second = service.run({ name: 'b' });
    await sleep(10);
    a.open();
    await first.result;
    const third = service.run({ name: 'c' });
    await third.result;
    b.open();
    await second.result;
    expect(seen).toEqual(['connect', 'warmUp', 'serve a', 'serve b', 'serve c', 'coolDown', 'disconnect']);
  });

  it('run again for the next run of an idle instance (G.1)', async () => {
    const service = new Service();
    await service.run({ name: 'a' }).result;
    await service.run({ name: 'b' }).result;
    expect(seen.filter((what) => what === 'connect' || what === 'disconnect')).toEqual([
      'connect',
      'disconnect',
      'connect',
      'disconnect',
    ]);
  });

  it('a run that begins while the instance is stopping waits for idle and starts it anew (G.1)', async () => {
    const stopping = gate();
    const stop = gate();
    class Slow extends Pipeline<{ name: string }> {
      @OnStartup()
      connect(): void {
        seen.push('connect');
      }
      @Step()
      serve({ state }: Ctx<this>): void {
        seen.push(`serve ${state.name}`);
      }
      @OnShutdown()
      async disconnect(): Promise<void> {
        seen.push('disconnecting');
        stopping.open();
        await stop.promise;
        seen.push('disconnected');
      }
    }
    const slow = new Slow();
    const first = slow.run({ name: 'a' });
    await stopping.promise;
    const second = slow.run({ name: 'b' });
    await sleep(5);
    expect(seen).toEqual(['connect', 'serve a', 'disconnecting']);
    stop.open();
    expect((await first.result).status).toBe('success');
    expect((await second.result).status).toBe('success');
    expect(seen).toEqual([
      ...['connect', 'serve a', 'disconnecting', 'disconnected'],
      ...['connect', 'serve b', 'disconnecting', 'disconnected'],
    ]);
  });

  it('of a base class come first at startup and last at shutdown (G.1)', async () => {
    class Derived extends Service {
      @OnStartup()
      derivedUp(): void {
        seen.push('derivedUp');
      }
      @OnShutdown()
      derivedDown(): void {
        seen.push('derivedDown');
      }
    }
    await new Derived().run({ name: 'a' }).result;
    expect(seen).toEqual(['connect', 'warmUp', 'derivedUp', 'serve a', 'derivedDown', 'coolDown', 'disconnect']);
  });
});

describe('a failing startup', () => {
  class Broken extends Pipeline<object> {
    failures = 1;
    @OnStartup()
    first(): void {
      seen.push('first up');
    }
    @OnStartup()
    async second(): Promise<void> {
      await sleep(5);
      if (this.failures-- > 0) throw new Error('no database');
      seen.push('second up');
    }
    @OnStartup()
    third(): void {
      seen.push('third up');
    }
    @Step()
    work(): void {
      seen.push('work');
    }
    @OnShutdown()
    firstDown(): void {
      seen.push('first down');
    }
    @OnShutdown()
    secondDown(): void {
      seen.push('second down');
    }
    @OnShutdown()
    thirdDown(): void {
      seen.push('third down');
    }
  }

  it('under forty waiting runs fails them all with one error, undoes what had started; the next run tries again (G.2)', async () => {
    const broken = new Broken();
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => outcomeOf(broken.run({}))));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['failed']));
    expect(new Set(outcomes.map(({ error }) => error)).size).toBe(1);
    expect(outcomes[0].error).toBeInstanceOf(HookError);
    expect(outcomes[0].error).toMatchObject({ hook: 'second', code: 'HOOK_FAILED', cause: new Error('no database') });
    expect(seen).toEqual(['first up', 'first down']);
    expect((await broken.run({}).result).status).toBe('success');
    expect(seen.slice(2)).toEqual([
      ...['first up', 'second up', 'third up', 'work'],
      ...['third down', 'second down', 'first down'],
    ]);
  });

  it('rejects with a RunFailedError whose ledger says that no step was taken (G.2, C.7)', async () => {
    const { result } = new Broken().run({});
    await expect(result).rejects.toBeInstanceOf(RunFailedError);
    const { ledger, errors } = await outcomeOf(new Broken().run({}));
    expect(ledger.work).toEqual({ status: 'not taken', visits: [], why: 'ended' });
    expect(errors).toHaveLength(1);
  });

  it('rejects open() too, and the instance can be opened again (G.3)', async () => {
    const broken = new Broken();
    await expect(broken.open()).rejects.toBeInstanceOf(HookError);
    await broken.open();
    await broken.close();
    expect(seen.at(-1)).toBe('first down');
  });
});

describe('startup under cancelled runs', () => {
  class Slow extends Pipeline<object> {
    readonly up = gate();
    aborted = false;
    @OnStartup()
    async connect({ signal }: { readonly signal: AbortSignal }): Promise<void> {
      seen.push('connecting');
      await Promise.race([this.up.promise, whenAborted(signal)]);
      this.aborted = signal.aborted;
      seen.push(signal.aborted ? 'aborted' : 'connected');
      signal.throwIfAborted();
    }
    @Step()
    work(): void {
      seen.push('work');
    }
    @OnShutdown()
    disconnect(): void {
      seen.push('disconnect');
    }
  }

  it('goes on when one of several waiting runs is cancelled (G.2)', async () => {
    const slow = new Slow();
    const first = slow.run({});
    const second = slow.run({});
    await sleep(2);
    await first.cancel();
    slow.up.open();
    expect((await second.result).status).toBe('success');
    expect(seen).toEqual(['connecting', 'connected', 'work', 'disconnect']);
  });

  it('is aborted when nobody waits any more, and shuts nothing down that had not started (G.2)', async () => {
    const slow = new Slow();
    const runs = [slow.run({}), slow.run({})];
    await sleep(2);
    await Promise.all(runs.map((run) => run.cancel()));
    await sleep(2);
    expect(seen).toEqual(['connecting', 'aborted']);
  });

  it('begins anew for a run that comes while an aborted startup ends (G.2)', async () => {
    const slow = new Slow();
    const first = slow.run({});
    await sleep(2);
    void first.cancel();
    slow.up.open();
    expect((await slow.run({}).result).status).toBe('success');
    expect(seen.slice(-3)).toEqual(['connected', 'work', 'disconnect']);
  });
});

describe('open()', () => {
  it('holds the instance up between runs, until close() (G.3)', async () => {
    const service = await new Service().open();
    expect(seen).toEqual(['connect', 'warmUp']);
    await service.run({ name: 'a' }).result;
    await service.run({ name: 'b' }).result;
    expect(seen).toEqual(['connect', 'warmUp', 'serve a', 'serve b']);
    await service.close();
    expect(seen.slice(4)).toEqual(['coolDown', 'disconnect']);
  });

  it('counts: only the last close() lets go; closing what is not open does nothing (G.3)', async () => {
    const service = new Service();
    await service.open();
    await service.open();
    await service.close();
    expect(seen).not.toContain('disconnect');
    await service.close();
    await service.close();
    expect(seen.filter((what) => what === 'disconnect')).toHaveLength(1);
  });

  it('close() resolves when the last run has ended and shutdown has run (G.3)', async () => {
    const service = await new Service().open();
    const a = gate();
    service.work.set('a', a);
    const run = service.run({ name: 'a' });
    await sleep(2);
    const closed = service.close().then(() => seen.push('closed'));
    await sleep(2);
    expect(seen).not.toContain('closed');
    a.open();
    await closed;
    expect(seen.slice(-3)).toEqual(['coolDown', 'disconnect', 'closed']);
    expect((await run.result).status).toBe('success');
  });

  it('works with await using (G.3)', async () => {
    const service = new Service();
    await service.open();
    await service[Symbol.asyncDispose]();
    expect(seen).toEqual(['connect', 'warmUp', 'coolDown', 'disconnect']);
  });

  it('close() throws what its shutdown throws, after all hooks have run (G.3)', async () => {
    class Failing extends Service {
      @OnShutdown()
      broken(): void {
        throw new Error('still busy');
      }
    }
    const failing = await new Failing().open();
    await expect(failing.close()).rejects.toMatchObject({ name: 'HookError', hook: 'broken' });
    expect(seen.slice(-2)).toEqual(['coolDown', 'disconnect']);
  });
});

describe('a failing shutdown', () => {
  it('stops no other hook and changes no status: it is a warning of the run that ended last (G.3)', async () => {
    class Failing extends Service {
      @OnShutdown()
      broken(): void {
        throw new Error('still busy');
      }
    }
    const failing = new Failing();
    const [a, b] = [gate(), gate()];
    failing.work.set('a', a).set('b', b);
    const first = failing.run({ name: 'a' });
    const last = failing.run({ name: 'b' });
    await sleep(5);
    a.open();
    expect((await first.result).warnings).toEqual([]);
    b.open();
    const { status, warnings } = await last.result;
    expect(status).toBe('success');
    expect(warnings).toMatchObject([{ code: 'SHUTDOWN_FAILED', message: expect.stringContaining('broken') }]);
    expect(seen.slice(-2)).toEqual(['coolDown', 'disconnect']);
  });

  it('that never ends is bounded by hookTimeout (G.4)', async () => {
    class Stuck extends Pipeline<object> {
      static readonly pipeline = { hookTimeout: 20 };
      @OnStartup()
      up(): void {}
      @Step()
      work(): void {}
      @OnShutdown()
      async down({ signal }: { readonly signal: AbortSignal }): Promise<void> {
        signal.addEventListener('abort', () => seen.push('told to hurry'));
        await new Promise(() => undefined);
      }
    }
    const { status, warnings } = await new Stuck().run({}).result;
    expect(status).toBe('success');
    expect(warnings).toMatchObject([{ code: 'SHUTDOWN_FAILED', error: { code: 'HOOK_TIMEOUT' } }]);
    expect(seen).toEqual(['told to hurry']);
  });

  it('a startup that never ends fails the run after hookTimeout (G.4)', async () => {
    class Stuck extends Pipeline<object> {
      static readonly pipeline = { hookTimeout: 20 };
      @OnStartup()
      async up(): Promise<void> {
        await new Promise(() => undefined);
      }
      @Step()
      work(): void {}
    }
    expect(await outcomeOf(new Stuck().run({}))).toMatchObject({ status: 'failed', error: { code: 'HOOK_TIMEOUT' } });
  });
});
