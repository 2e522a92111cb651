import { Pipeline, Step, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

describe("a step's concurrency", () => {
  it('bounds its calls at once over all runs of the instance, first come first served (F.5)', async () => {
    let now = 0;
    let most = 0;
    const order: number[] = [];
    class Limited extends Pipeline<{ n: number }> {
      @Step({ concurrency: 3 })
      async call({ state }: Ctx<this>): Promise<void> {
        most = Math.max(most, ++now);
        order.push(state.n);
        await sleep(1);
        now--;
      }
    }
    const limited = new Limited();
    const runs = Array.from({ length: 20 }, (_, n) => limited.run({ n }));
    await Promise.all(runs.map(({ result }) => result));
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('gives the slot back when a call fails or is cancelled, and a cancelled run leaves the line (F.5)', async () => {
    const began = gate();
    const go = gate();
    const called: string[] = [];
    class Limited extends Pipeline<{ name: string }> {
      @Step({ concurrency: 1 })
      async call({ state }: Ctx<this>): Promise<void> {
        called.push(state.name);
        began.open();
        if (state.name === 'first') {
          await go.promise;
          throw new Error('no');
        }
      }
    }
    const limited = new Limited();
    const first = outcomeOf(limited.run({ name: 'first' }));
    const second = limited.run({ name: 'second' });
    const third = limited.run({ name: 'third' });
    await began.promise;
    await second.cancel();
    go.open();
    expect((await first).status).toBe('failed');
    expect((await third.result).status).toBe('success');
    expect(called).toEqual(['first', 'third']);
    expect((await second.result).ledger.call.status).toBe('cancelled');
  });

  it('belongs to one instance: another one has its own slots (F.5)', async () => {
    const both = gate();
    let now = 0;
    class Limited extends Pipeline<object> {
      @Step({ concurrency: 1 })
      async call(): Promise<void> {
        if (++now === 2) both.open();
        await both.promise;
      }
    }
    await Promise.all([new Limited().run({}).result, new Limited().run({}).result]);
    expect(now).toBe(2);
  });
});
