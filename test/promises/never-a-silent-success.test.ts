import { OnError, Pipeline, planOf, skip, Step, stop, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { outcomeOf } from '../support/outcome-of.js';

describe('promise 2: never a silent success', () => {
  it('the ledger names every step of the plan, taken or not, and why not', async () => {
    class Choosing extends Pipeline<object> {
      @Step({ to: ['no', 'yes'] })
      ask(): void {}
      @Step({ to: 'afterNo' })
      no() {
        return skip();
      }
      @Step({ to: 'both' })
      afterNo(): void {}
      @Step({ to: 'both' })
      yes(): number {
        return 1;
      }
      @Step({ to: 'never' })
      both(_: Join<this, { afterNo?: undefined; yes: number }>) {
        return stop();
      }
      @Step()
      never(): void {}
    }
    const { status, ledger } = await new Choosing().run({}).result;
    expect(status).toBe('success');
    expect(Object.keys(ledger).sort()).toEqual(
      planOf(Choosing)
        .steps.map(({ name }) => name)
        .sort(),
    );
    expect(ledger).toEqual({
      ask: { status: 'done', visits: ['done'] },
      no: { status: 'skipped', visits: ['skipped'] },
      afterNo: { status: 'not taken', visits: [], why: 'dead', by: 'no' },
      yes: { status: 'done', visits: ['done'] },
      both: { status: 'done', visits: ['done'] },
      never: { status: 'not taken', visits: [], why: 'stopped' },
    });
  });

  it('a catch-all handler that only logs does not make a failed run a success', async () => {
    const logged: unknown[] = [];
    class Logging extends Pipeline<object> {
      @Step()
      work(): void {
        throw new Error('lost?');
      }
      @OnError()
      log({ error }: { readonly error: unknown }): void {
        logged.push(error);
      }
    }
    const run = new Logging().run({});
    await expect(run.result).rejects.toThrow(/lost\?/);
    expect(logged).toHaveLength(1);
  });

  it('a join whose branches all skip is not run, and the ledger says so: nothing is hung and nothing guessed', async () => {
    class Skipping extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b() {
        return skip();
      }
      @Step({ to: 'd' })
      c() {
        return skip();
      }
      @Step()
      d(): void {}
    }
    const { ledger } = await outcomeOf(new Skipping().run({}));
    expect(ledger.d).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'b' });
  });

  it('a body that returned after it was aborted is cancelled, never done (D.6)', async () => {
    class Stubborn extends Pipeline<{ seen: string[] }> {
      @Step({ to: 'after' })
      async work({ state, signal }: Ctx<this>): Promise<string> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        state.seen.push('done');
        return 'done';
      }
      @Step()
      after(): void {}
    }
    const run = new Stubborn().run({ seen: [] });
    run.on('step-start', () => setImmediate(() => void run.cancel()));
    const { ledger, outputs, state } = await run.result;
    expect(ledger.work.status).toBe('cancelled');
    expect(outputs).toEqual({});
    expect(state.seen).toEqual([]);
  });

  it('of 10,000 steps in a chain each has its visit, without a recursion limit', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `s${i}`);
    const Long = buildPipeline({
      name: 'Long',
      extends: Pipeline as never,
      steps: names.map((name, i) => ({ name, to: i + 1 < names.length ? names[i + 1] : [] })),
    }) as unknown as new () => Pipeline<object>;
    const { status, ledger } = await new Long().run({}).result;
    expect(status).toBe('success');
    expect(Object.values(ledger).filter(({ status }) => status === 'done')).toHaveLength(10_000);
  });

  it('of 10,000 dead steps in a chain each says so, without a recursion limit', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `s${i}`);
    const Dead = buildPipeline({
      name: 'Dead',
      extends: Pipeline as never,
      steps: names.map((name, i) => ({
        name,
        to: i + 1 < names.length ? names[i + 1] : [],
        body: { [name]: i === 0 ? () => skip() : () => undefined }[name],
      })),
    }) as unknown as new () => Pipeline<object>;
    const { ledger } = await new Dead().run({}).result;
    expect(Object.values(ledger).filter(({ why, by }) => why === 'dead' && by === 's0')).toHaveLength(9_999);
  });
});
