import { Pipeline, Step, Streaming, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

describe('promise 3: fail fast', () => {
  it('when a step has failed its followers don’t start and its siblings are aborted, streams included', async () => {
    const seen: string[] = [];
    class Failing extends Pipeline<object> {
      @Step({ to: ['broken', 'slow', 'talker'] })
      split(): void {}
      @Step({ to: 'join' })
      async broken(): Promise<void> {
        await sleep(5);
        throw new Error('broken');
      }
      @Step({ to: 'join' })
      async slow({ signal }: Ctx<this>): Promise<void> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        seen.push('slow aborted');
      }
      @Streaming({ to: 'join' })
      async *talker(): AsyncGenerator<string> {
        try {
          for (;;) {
            yield '.';
            await sleep(1);
          }
        } finally {
          seen.push('talker left');
        }
      }
      @Step()
      join(_: Join<this, { talker: string; slow?: undefined; broken?: undefined }>): void {
        seen.push('joined');
      }
    }
    const before = performance.now();
    const { status, ledger } = await outcomeOf(new Failing().run({}));
    expect(status).toBe('failed');
    expect(seen.sort()).toEqual(['slow aborted', 'talker left']);
    expect(performance.now() - before).toBeLessThan(500);
    expect(ledger).toMatchObject({
      broken: { status: 'failed' },
      slow: { status: 'cancelled' },
      talker: { status: 'cancelled' },
      join: { status: 'not taken', why: 'ended' },
    });
  });

  it('but not before its retries are used up', async () => {
    const aborted: boolean[] = [];
    class Retrying extends Pipeline<object> {
      @Step({ to: ['flaky', 'slow'] })
      split(): void {}
      @Step({ retry: { attempts: 3, delay: 2 } })
      flaky({ attempt }: Ctx<this>): void {
        if (attempt < 3) throw new Error('not yet');
      }
      @Step()
      async slow({ signal }: Ctx<this>): Promise<void> {
        await sleep(15);
        aborted.push(signal.aborted);
      }
    }
    expect((await new Retrying().run({}).result).status).toBe('success');
    expect(aborted).toEqual([false]);
  });
});
