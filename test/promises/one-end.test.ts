import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type Run } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';

type How = 'success' | 'failed' | 'timeout' | 'cancelled' | 'left';

class Ending extends Pipeline<{ how: How }> {
  static readonly pipeline = { cancelGrace: 30 };
  @OnStartup()
  up(): void {}
  @Streaming({ to: ['b', 'c'] })
  async *a(): AsyncGenerator<string> {
    yield 'one';
    await sleep(1);
    yield 'two';
  }
  @Step({ to: 'd' })
  async b({ state, signal }: Ctx<this>): Promise<void> {
    if (state.how === 'failed') throw new Error('no');
    if (state.how !== 'success') await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  @Step({ to: 'd' })
  async c(): Promise<void> {
    await sleep(2);
  }
  @Step()
  d(): void {}
  @OnShutdown({ per: 'run' })
  saved(): void {}
  @OnShutdown()
  async down(): Promise<void> {
    await sleep(1);
  }
}

async function end(run: Run<Ending>, how: How): Promise<void> {
  if (how === 'left') for await (const event of run) if (event.type === 'token') break;
  if (how === 'cancelled') setTimeout(() => void run.cancel(), 5);
}

describe('promise 1: one end', () => {
  it.each<How>(['success', 'failed', 'timeout', 'cancelled', 'left'])(
    'a run that ends as %s says run-end exactly once, last, and the result agrees with it',
    async (how) => {
      const ending = new Ending();
      const run = ending.run({ how }, how === 'timeout' ? { timeout: 15 } : {});
      const events = recordEvents(ending);
      await Promise.all([end(run, how), outcomeOf(run)]);
      await sleep(10);
      const { status, ledger } = await outcomeOf(run);
      expect(status).toBe(how === 'left' ? 'cancelled' : how);
      expect(events.filter(({ type }) => type === 'run-end')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'run-end', status, ledger });
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    },
  );

  it('closes every step-start by exactly one end of that step', async () => {
    for (const how of ['success', 'failed', 'cancelled'] as const) {
      const run = new Ending().run({ how });
      const events = recordEvents(run);
      await Promise.all([end(run, how), outcomeOf(run)]);
      const of = (...types: string[]): string[] =>
        events
          .filter((event) => types.includes(event.type) && !('handled' in event && event.handled))
          .map((event) => (event as { step: string }).step)
          .sort();
      expect(of('step-end', 'step-skip', 'step-cancel', 'step-error')).toEqual(of('step-start'));
    }
  });
});
