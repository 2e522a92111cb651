import { OnShutdown, OnStartup, Pipeline, Step } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

type Empty = Record<string, never>;

describe('a startup that nobody waits for any more', () => {
  it('lets every run end that was cancelled while it was still ending (F.1, G.2)', { timeout: 2_000 }, async () => {
    class Slow extends Pipeline<Empty> {
      @OnStartup()
      async up(): Promise<void> {
        await sleep(200);
      }
      @Step()
      work(): void {}
    }
    const slow = new Slow();
    const a = slow.run({});
    await sleep(20);
    const cancelled = [a.cancel()];
    await sleep(20);
    const b = slow.run({});
    await sleep(20);
    cancelled.push(b.cancel());
    await Promise.all(cancelled);
    expect([(await a.result).status, (await b.result).status]).toEqual(['cancelled', 'cancelled']);
    expect((await slow.run({}).result).status).toBe('success');
  });

  it('does not begin when the loop is left at run-start (F.1, G.2)', { timeout: 2_000 }, async () => {
    const seen: string[] = [];
    class Slow extends Pipeline<Empty> {
      @OnStartup()
      async up({ signal }: { signal: AbortSignal }): Promise<void> {
        seen.push('up');
        await Promise.race([whenAborted(signal), sleep(5_000)]);
      }
      @Step()
      work(): void {
        seen.push('work');
      }
      @OnShutdown()
      down(): void {
        seen.push('down');
      }
    }
    const run = new Slow().run({});
    const events = recordEvents(run);
    for await (const { type } of run) if (type === 'run-start') break;
    expect(events.map(({ type }) => type)).toEqual(['run-start', 'run-end']);
    expect(seen).toEqual([]);
  });
});

describe('a cancel from a hook-start listener', () => {
  it.each(['instance', 'run'] as const)(
    'ends the run at once, its hook { per: %o } is not begun, and that is no error (F.1, G.2)',
    { timeout: 2_000 },
    async (per) => {
      const seen: string[] = [];
      class Slow extends Pipeline<Empty> {
        @OnStartup({ per })
        async up({ signal }: { signal: AbortSignal }): Promise<void> {
          seen.push('up');
          await Promise.race([whenAborted(signal), sleep(1_500)]);
        }
        @Step()
        work(): void {
          seen.push('work');
        }
      }
      const run = new Slow().run({});
      run.on('hook-start', () => void run.cancel());
      const { status, errors, warnings, duration } = await run.result;
      expect({ status, errors, warnings, seen }).toEqual({ status: 'cancelled', errors: [], warnings: [], seen: [] });
      expect(duration).toBeLessThan(1_000);
    },
  );
});

describe('a hook { per: "run" } that a cancel aborts', () => {
  it('may reject with the reason: the cancelled run has no errors (D.6, F.1)', async () => {
    class Slow extends Pipeline<Empty> {
      @OnStartup({ per: 'run' })
      async up({ signal }: { signal: AbortSignal }): Promise<void> {
        await whenAborted(signal);
        signal.throwIfAborted();
      }
      @Step()
      work(): void {}
    }
    const run = new Slow().run({});
    await sleep(5);
    await run.cancel();
    const { status, errors } = await run.result;
    expect({ status, errors }).toEqual({ status: 'cancelled', errors: [] });
  });

  it('may throw an error of its own: that is no error of the cancelled run, and the next one starts anew (F.1, G.4)', async () => {
    class Once extends Pipeline<Empty> {
      starts = 0;
      @OnStartup({ per: 'run' })
      async up({ signal }: { signal: AbortSignal }): Promise<void> {
        this.starts++;
        if (this.starts > 1) return;
        await whenAborted(signal);
        throw new Error('cut off');
      }
      @Step()
      work(): void {}
    }
    const once = new Once();
    const run = once.run({});
    await sleep(5);
    await run.cancel();
    expect((await run.result).errors).toEqual([]);
    expect((await outcomeOf(once.run({}))).status).toBe('success');
  });
});

describe('close()', () => {
  it('right after open() lets the instance go again (G.3)', { timeout: 2_000 }, async () => {
    const seen: string[] = [];
    class Opened extends Pipeline<Empty> {
      @OnStartup()
      async up(): Promise<void> {
        await sleep(5);
        seen.push('up');
      }
      @Step()
      work(): void {}
      @OnShutdown()
      async down(): Promise<void> {
        await sleep(5);
        seen.push('down');
      }
    }
    const opened = new Opened();
    const open = opened.open();
    await opened.close();
    expect(seen).toEqual(['up', 'down']);
    await open;
    await sleep(10);
    expect(seen).toEqual(['up', 'down']);
  });

  it('called twice while a run is live waits for its end both times (G.3)', { timeout: 2_000 }, async () => {
    const seen: string[] = [];
    class Opened extends Pipeline<Empty> {
      @Step()
      async work(): Promise<void> {
        await sleep(50);
        seen.push('work');
      }
      @OnShutdown()
      async down(): Promise<void> {
        await sleep(20);
        seen.push('down');
      }
    }
    const opened = await new Opened().open();
    const run = opened.run({});
    await sleep(5);
    await Promise.all([1, 2].map(() => opened.close().then(() => seen.push('closed'))));
    expect(seen).toEqual(['work', 'down', 'closed', 'closed']);
    expect((await run.result).status).toBe('success');
  });
});
