import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type Outcome } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

interface Trail {
  fail?: boolean;
  seen: string[];
}

/** What a per-run hook takes, as far as these tests look at it. */
interface RunFacts {
  readonly state: Trail;
  readonly context: { tenant: string };
  readonly runId: string;
  readonly outcome?: Outcome;
}

class Kept extends Pipeline<Trail, { tenant: string }> {
  readonly seen: string[] = [];
  readonly outcomes: Outcome[] = [];
  @OnStartup()
  up(): void {
    this.seen.push('up');
  }
  @OnStartup({ per: 'run' })
  load({ state, context, runId }: RunFacts): void {
    this.seen.push(`load ${context.tenant} ${runId}`);
    state.seen.push('loaded');
  }
  @Streaming()
  async *speak({ state, usage }: Ctx<this>): AsyncGenerator<string> {
    yield 'said';
    usage({ model: 'm', input: 3, output: 5 });
    state.seen.push('spoken');
    await sleep(1);
    if (state.fail) throw new Error('no');
  }
  @OnShutdown({ per: 'run' })
  save({ state, outcome }: RunFacts): void {
    this.seen.push(`save ${state.seen.join()}`);
    this.outcomes.push(outcome!);
  }
  @OnShutdown()
  down(): void {
    this.seen.push('down');
  }
}

const context = { tenant: 'acme' };

describe("a hook with { per: 'run' }", () => {
  it('surrounds each run inside the hooks of the instance, prepares the state and sees the outcome (G.4)', async () => {
    const kept = new Kept();
    const { state } = await kept.run({ seen: [] }, { id: 'r1', context }).result;
    expect(kept.seen).toEqual(['up', 'load acme r1', 'save loaded,spoken', 'down']);
    expect(state.seen).toEqual(['loaded', 'spoken']);
    expect(kept.outcomes).toEqual([
      { status: 'success', error: undefined, text: 'said', usage: { input: 3, output: 5 } },
    ]);
  });

  it('has one place to persist for failure and for abort: status, error, text, usage (G.4)', async () => {
    const kept = new Kept();
    const failed = await outcomeOf(kept.run({ seen: [], fail: true }, { context }));
    const run = kept.run({ seen: [] }, { context });
    for await (const _ of run.tokens()) break;
    expect(kept.outcomes.map(({ status, text }) => [status, text])).toEqual([
      ['failed', 'said'],
      ['cancelled', 'said'],
    ]);
    expect(kept.outcomes[0].error).toBe(failed.error);
    expect(kept.outcomes[0].usage).toEqual({ input: 3, output: 5 });
  });

  it('that fails at startup fails the run before any step, and only what had succeeded is undone (G.4)', async () => {
    const seen: string[] = [];
    class Broken extends Pipeline<object> {
      @OnStartup({ per: 'run' })
      first(): void {}
      @OnStartup({ per: 'run' })
      second(): void {
        throw new Error('no');
      }
      @Step()
      work(): void {
        seen.push('work');
      }
      @OnShutdown({ per: 'run' })
      firstDown(): void {
        seen.push('firstDown');
      }
      @OnShutdown({ per: 'run' })
      secondDown(): void {
        seen.push('secondDown');
      }
    }
    const { status, error, ledger } = await outcomeOf(new Broken().run({}));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ name: 'HookError', hook: 'second' });
    expect(ledger.work).toMatchObject({ why: 'ended' });
    expect(seen).toEqual(['firstDown']);
  });

  it('that fails at shutdown is a warning of its run (G.4)', async () => {
    class Broken extends Pipeline<object> {
      @OnStartup({ per: 'run' })
      up(): void {}
      @Step()
      work(): void {}
      @OnShutdown({ per: 'run' })
      down(): void {
        throw new Error('disk full');
      }
    }
    expect(await new Broken().run({}).result).toMatchObject({
      status: 'success',
      warnings: [{ code: 'SHUTDOWN_FAILED', error: { name: 'HookError' } }],
    });
  });

  it('can’t change the state at shutdown: it is frozen, so a change is told and not lost (G.4)', async () => {
    class Late extends Pipeline<Trail> {
      @OnStartup({ per: 'run' })
      up(): void {}
      @Step()
      work(): void {}
      @OnShutdown({ per: 'run' })
      down({ state }: { readonly state: Trail }): void {
        state.seen.push('lost');
      }
    }
    const { state, warnings } = await new Late().run({ seen: [] }).result;
    expect(state.seen).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it('never runs for a run that was cancelled before it got in (G.4)', async () => {
    const kept = new Kept();
    await outcomeOf(kept.run({ seen: [] }, { context, signal: AbortSignal.abort() }));
    expect(kept.seen).toEqual([]);
  });
});
