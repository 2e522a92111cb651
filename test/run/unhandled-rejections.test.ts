import { Pipeline, RunCancelledError, RunFailedError, RunTimeoutError, Step, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { eventsOf } from '../support/events-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

class Failing extends Pipeline<object> {
  @Step()
  async work(): Promise<void> {
    await Promise.resolve();
    throw new Error('no');
  }
}

class Waiting extends Pipeline<object> {
  @Step()
  async work({ signal }: Ctx<this>): Promise<void> {
    await whenAborted(signal);
  }
}

/** What was rejected unseen while `work` started its runs and they ended. */
const unhandledOf = (work: () => unknown): Promise<unknown[]> =>
  catchUnhandled(async () => {
    await work();
    await sleep(15);
  });

describe('a failure that nobody could see', () => {
  it('is an unhandled rejection with the run’s error (E.6)', async () => {
    const unhandled = await unhandledOf(() => void new Failing().run({}));
    expect(unhandled).toHaveLength(1);
    expect(unhandled[0]).toBeInstanceOf(RunFailedError);
    expect(unhandled[0]).toMatchObject({ result: { status: 'failed' } });
  });

  it('is one when the result was asked for and left alone (E.6)', async () => {
    const unhandled = await unhandledOf(() => void new Failing().run({}).result);
    expect(unhandled).toHaveLength(1);
  });

  it('is one when listeners were told only of other things (E.6)', async () => {
    const unhandled = await unhandledOf(() => {
      new Failing().run({}).on('step-start', () => undefined);
    });
    expect(unhandled).toHaveLength(1);
  });

  it('is one when an iterator was made but never read (E.6)', async () => {
    const unhandled = await unhandledOf(() => void new Failing().run({}).tokens());
    expect(unhandled).toHaveLength(1);
  });

  it('is one for a timeout and for a signal as well (E.6)', async () => {
    const unhandled = await unhandledOf(() => {
      new Waiting().run({}, { timeout: 2 });
      new Waiting().run({}, { signal: AbortSignal.timeout(2) });
    });
    expect(unhandled).toHaveLength(2);
    expect(unhandled.some((error) => error instanceof RunTimeoutError)).toBe(true);
    expect(unhandled.some((error) => error instanceof RunCancelledError)).toBe(true);
  });
});

describe('there is no unhandled rejection', () => {
  it.each<[string, () => unknown]>([
    ['a loop has read the run to its end', () => eventsOf(new Failing().run({}))],
    [
      'a loop over tokens has thrown it',
      async () => {
        await expect(new Failing().run({}).tokens().next()).rejects.toBeInstanceOf(RunFailedError);
      },
    ],
    [
      'a loop reads and the result was asked for and left alone',
      async () => {
        const run = new Failing().run({});
        void run.result;
        await eventsOf(run);
      },
    ],
    [
      'the loop came first and the result later',
      async () => {
        const run = new Failing().run({});
        await eventsOf(run);
        void run.result;
      },
    ],
    ['the result was handled', () => new Failing().run({}).result.catch(() => undefined)],
    ['the run has a run-end listener', () => void new Failing().run({}).on('run-end', () => undefined)],
    ['the run has a run-end listener for once', () => void new Failing().run({}).once('run-end', () => undefined)],
    ['the run has a step-error listener', () => void new Failing().run({}).on('step-error', () => undefined)],
    ['the instance has a run-end listener', () => void new Failing().on('run-end', () => undefined).run({})],
    ['the instance has a step-error listener', () => void new Failing().on('step-error', () => undefined).run({})],
    ['throwOnFailure is off', () => void new Failing().run({}, { throwOnFailure: false })],
    ['it was your own cancel()', () => void new Waiting().run({}).cancel()],
    [
      'it was your own break',
      async () => {
        for await (const _ of new Waiting().run({})) break;
      },
    ],
    [
      'it succeeded',
      () => {
        class Fine extends Pipeline<object> {
          @Step()
          work(): void {}
        }
        new Fine().run({});
      },
    ],
  ])('when %s (E.6)', async (_, work) => {
    expect(await unhandledOf(work)).toEqual([]);
  });

  it('for a listener that rejects, a body that rejects after its cancel, or a loser that rejects (promise 12)', async () => {
    class Racing extends Pipeline<object> {
      @Step({ to: ['quick', 'slow'] })
      ask(): void {}
      @Step({ to: 'merge' })
      quick(): void {}
      @Step({ to: 'merge' })
      async slow({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        throw signal.reason;
      }
      @Step({ join: 'any' })
      merge(): void {}
    }
    const unhandled = await unhandledOf(() => {
      const run = new Racing().run({});
      run.on('step-start', () => Promise.reject(new Error('listener')));
      return run.result;
    });
    expect(unhandled).toEqual([]);
  });
});
