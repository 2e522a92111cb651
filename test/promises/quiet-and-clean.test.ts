import { getEventListeners } from 'node:events';
import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type Join } from 'stepstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

type How = 'success' | 'failed' | 'cancelled' | 'timeout' | 'left' | 'aborted';
const HOWS: readonly How[] = ['success', 'failed', 'cancelled', 'timeout', 'left', 'aborted'];

class Everything extends Pipeline<{ how: How }> {
  static readonly pipeline = { cancelGrace: 60_000, hookTimeout: 60_000 };
  @OnStartup()
  async up(): Promise<void> {
    await Promise.resolve();
  }
  @OnStartup({ per: 'run' })
  runUp(): void {}
  @Step({ to: ['talk', 'flaky', 'quick', 'slow'], timeout: 60_000 })
  split(): void {}
  @Streaming({ timeout: { step: 60_000, firstToken: 60_000, idle: 60_000 }, to: 'end' })
  async *talk(): AsyncGenerator<string> {
    yield 'a';
    await sleep(1);
    yield 'b';
  }
  @Step({ retry: { attempts: 2, delay: 1 }, to: 'end' })
  async flaky({ state, attempt, signal }: Ctx<this>): Promise<void> {
    if (attempt === 1 || state.how === 'failed') throw new Error('no');
    if (state.how !== 'success' && state.how !== 'left') await whenAborted(signal);
  }
  @Step({ to: 'first' })
  quick(): void {}
  @Step({ to: 'first' })
  async slow({ signal }: Ctx<this>): Promise<void> {
    await whenAborted(signal);
  }
  @Step({ join: 'any', to: 'end' })
  first(): void {}
  @Step()
  end(_: Join<this, { talk: string; flaky: undefined; first: undefined }>): void {}
  @OnShutdown({ per: 'run' })
  runDown(): void {}
  @OnShutdown()
  down(): void {}
}

async function endAs(how: How, signal?: AbortController): Promise<void> {
  const run = new Everything().run({ how }, { signal: signal?.signal, timeout: how === 'timeout' ? 10 : 60_000 });
  if (how === 'left') for await (const _ of run.tokens()) break;
  if (how === 'cancelled') setTimeout(() => void run.cancel(), 5);
  if (how === 'aborted') setTimeout(() => signal?.abort(), 5);
  const { status } = await outcomeOf(run);
  expect(status).toBe(how === 'left' || how === 'aborted' ? 'cancelled' : how);
}

describe('promise 12: quiet and clean', () => {
  const said: unknown[][] = [];
  beforeEach(() => {
    said.length = 0;
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation((...words) => void said.push(words));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(said).toEqual([]);
  });

  it.each(HOWS)('a run that ends as %s leaves no timer and no listener behind', async (how) => {
    const timers = new Set<unknown>();
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    const pending = vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback: () => void, ms?: number) => {
      const timer = set(() => {
        timers.delete(timer);
        callback();
      }, ms);
      timers.add(timer);
      return timer;
    });
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
      timers.delete(timer);
      clear(timer as NodeJS.Timeout);
    });
    const controller = new AbortController();
    await endAs(how, controller);
    expect(pending).toHaveBeenCalled();
    expect(timers).toEqual(new Set());
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('when all has ended only the process’s own resources are left', async () => {
    const kinds = (): string[] => process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate/.test(kind));
    await sleep(5);
    const before = kinds();
    await Promise.all(HOWS.map((how) => endAs(how, new AbortController())));
    await sleep(5);
    expect(kinds().length).toBeLessThanOrEqual(before.length);
  });

  it('10,000 runs on one signal don’t warn of a leak, and leave nothing on it', async () => {
    const warnings: unknown[] = [];
    const warn = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', warn);
    class Small extends Pipeline<object> {
      @Step()
      work(): void {}
    }
    const { signal } = new AbortController();
    const small = new Small();
    for (let i = 0; i < 10_000; i++) await small.run({}, { signal }).result;
    await sleep(1);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('a failure that somebody saw is no unhandled rejection, one that nobody could see is', async () => {
    class Failing extends Pipeline<object> {
      @Step()
      work(): void {
        throw new Error('no');
      }
    }
    const seen = await catchUnhandled(async () => {
      await outcomeOf(new Failing().run({}));
      await sleep(5);
    });
    const unseen = await catchUnhandled(async () => {
      new Failing().run({});
      await sleep(5);
    });
    expect(seen).toEqual([]);
    expect(unseen).toHaveLength(1);
  });
});
