import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../support/record-events.js';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

class Busy extends Pipeline<{ n: number }> {
  @Step({ to: ['b', 'c'] })
  a({ state }: Ctx<this>): void {
    state.n++;
  }
  @Streaming({ to: 'd', retry: 2 })
  async *b({ attempt }: Ctx<this>): AsyncGenerator<string> {
    yield `b${attempt}`;
    if (attempt === 1) throw new Error('again');
  }
  @Step({ to: 'd' })
  c(): string {
    return 'c';
  }
  @Step()
  d({ emit }: Ctx<this>): string {
    emit('note');
    return 'd';
  }
}

type AnyListen = (type: string, listener: (event: never) => unknown) => unknown;

/** What a run is about, without what differs from run to run. */
const gist = async (run: ReturnType<Busy['run']>): Promise<unknown> => {
  const { status, state, outputs, text, ledger, errors } = await outcomeOf(run as never);
  return { status, state, outputs, text, ledger, errors };
};

describe("promise 10: observers can't hurt", () => {
  it.each<[string, () => unknown]>([
    [
      'throw',
      () => {
        throw new Error('hostile');
      },
    ],
    [
      'throw undefined',
      () => {
        throw undefined;
      },
    ],
    [
      'throw null',
      () => {
        throw null;
      },
    ],
    ['reject', () => Promise.reject(new Error('hostile'))],
    [
      'reject later',
      async () => {
        await sleep(1);
        throw new Error('hostile');
      },
    ],
    ['never resolve', () => new Promise(() => undefined)],
    [
      'return a thenable that throws',
      () => ({
        then() {
          throw new Error('hostile');
        },
      }),
    ],
  ])('listeners of everything that %s change nothing of the run', async (_, listener) => {
    const calm = await gist(new Busy().run({ n: 0 }) as never);
    const busy = new Busy();
    for (const type of EVENT_TYPES) (busy.on.bind(busy) as AnyListen)(type, listener);
    const run = busy.run({ n: 0 });
    for (const type of EVENT_TYPES) (run.on.bind(run) as AnyListen)(type, listener);
    expect(await gist(run as never)).toEqual(calm);
  });

  it('an iterator reads the same events in the same order beside hostile listeners, and observer-errors between', async () => {
    const calm = (await eventsOf(new Busy().run({ n: 0 }))).map(({ type }) => type);
    const run = new Busy().run({ n: 0 });
    run.on('token', () => {
      throw new Error('hostile');
    });
    const events = await eventsOf(run);
    expect(events.filter(({ type }) => type !== 'observer-error').map(({ type }) => type)).toEqual(calm);
    expect(events.filter(({ type }) => type === 'observer-error')).toMatchObject([
      { during: 'token', error: { message: 'hostile' } },
      { during: 'token', error: { message: 'hostile' } },
    ]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  });

  it('a listener that lags for long does not hold the run up', async () => {
    const run = new Busy().run({ n: 0 });
    run.on('token', () => sleep(2_000));
    const before = performance.now();
    await run.result;
    expect(performance.now() - before).toBeLessThan(500);
  });
});
