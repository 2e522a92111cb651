import {
  Pipeline,
  RunCancelledError,
  RunError,
  RunFailedError,
  Step,
  StepstreamError,
  Streaming,
  type Ctx,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

interface Facts {
  n: number;
  fail?: boolean;
}

class Sample extends Pipeline<Facts> {
  @Streaming({ to: 'second' })
  async *first({ state, usage }: Ctx<this>): AsyncGenerator<string> {
    usage({ model: 'small', input: 10, output: 2 });
    usage({ model: 'large', input: 1, output: 1 });
    usage({ input: 5, output: 0 });
    state.n++;
    yield 'said';
  }
  @Step()
  async second({ state, usage }: Ctx<this>): Promise<{ n: number }> {
    usage({ model: 'small', input: 1, output: 1 });
    state.n++;
    await sleep(5);
    if (state.fail) throw new Error('no');
    return { n: state.n };
  }
}

describe('run.result', () => {
  it('of a success resolves to everything: state, outputs, text, usage, ledger, duration (E.5)', async () => {
    const run = new Sample().run({ n: 1 }, { id: 'r1' });
    const result = await run.result;
    expect(result).toEqual({
      runId: 'r1',
      status: 'success',
      state: { n: 3 },
      outputs: { first: 'said', second: { n: 3 } },
      text: 'said',
      texts: { first: 'said' },
      usage: {
        input: 17,
        output: 4,
        models: { small: { input: 11, output: 3 }, large: { input: 1, output: 1 } },
      },
      ledger: {
        first: { status: 'done', visits: ['done'] },
        second: { status: 'done', visits: ['done'] },
      },
      errors: [],
      abandoned: [],
      warnings: [],
      duration: expect.any(Number),
    });
    expect(result.duration).toBeGreaterThanOrEqual(4);
  });

  it('of a failure rejects with a RunFailedError whose result is the full one (E.5, A.7)', async () => {
    const run = new Sample().run({ n: 1, fail: true });
    const error = (await run.result.catch((thrown: unknown) => thrown)) as RunFailedError<Awaited<typeof run.result>>;
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toBeInstanceOf(RunError);
    expect(StepstreamError.is(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'RunFailedError',
      code: 'RUN_FAILED',
      message: expect.stringContaining('Sample'),
    });
    expect(error.result).toMatchObject({
      status: 'failed',
      state: { n: 2, fail: true },
      text: 'said',
      usage: { input: 17 },
    });
    expect(error.cause).toBe(error.result.error);
    // It would print every output.
    expect(Object.keys(error)).not.toContain('result');
  });

  it('is one promise, however often it is asked for, before and after the end (E.5)', async () => {
    const run = new Sample().run({ n: 1 });
    const { result } = run;
    expect(run.result).toBe(result);
    await result;
    expect(run.result).toBe(result);
  });

  it('may be asked for first after the end (E.5)', async () => {
    const run = new Sample().run({ n: 1, fail: true });
    await eventsOf(run);
    await sleep(1);
    await expect(run.result).rejects.toBeInstanceOf(RunFailedError);
  });

  it('resolves as cancelled after your own break, return() or cancel() (E.5)', async () => {
    const sample = new Sample();
    const broken = sample.run({ n: 1 });
    for await (const _ of broken) break;
    const returned = sample.run({ n: 1 });
    const iterator = returned.events();
    await iterator.next();
    await iterator.return?.();
    const cancelled = sample.run({ n: 1 });
    await cancelled.cancel(new Error('my reason'));
    for (const run of [broken, returned, cancelled]) {
      const { status, error } = await run.result;
      expect(status).toBe('cancelled');
      expect(error).toBeInstanceOf(RunCancelledError);
      expect(error?.name).toBe('AbortError');
    }
  });

  it('rejects as cancelled after a signal of the caller, and the iterator throws after run-end (E.5)', async () => {
    const controller = new AbortController();
    const run = new Sample().run({ n: 1 }, { signal: controller.signal });
    const types: string[] = [];
    await expect(async () => {
      for await (const event of run) {
        types.push(event.type);
        if (event.type === 'token') controller.abort();
      }
    }).rejects.toBeInstanceOf(RunCancelledError);
    expect(types.at(-1)).toBe('run-end');
    await expect(run.result).rejects.toMatchObject({ name: 'AbortError', result: { status: 'cancelled' } });
  });

  it('after a cancel() of your own no iterator of the run throws (E.5)', async () => {
    const run = new Sample().run({ n: 1 });
    const types: string[] = [];
    for await (const event of run) {
      types.push(event.type);
      if (event.type === 'token') void run.cancel();
    }
    expect(types.at(-1)).toBe('run-end');
  });

  it('with throwOnFailure: false resolves for every outcome, and no iterator throws (E.5)', async () => {
    const sample = new Sample();
    const failed = sample.run({ n: 1, fail: true }, { throwOnFailure: false });
    let last = '';
    for await (const { type } of failed) last = type;
    expect(last).toBe('run-end');
    expect(await failed.result).toMatchObject({ status: 'failed', error: { name: 'StepError' } });
    const aborted = sample.run({ n: 1 }, { throwOnFailure: false, signal: AbortSignal.abort() });
    expect((await aborted.result).status).toBe('cancelled');
    const late = sample.run({ n: 1 }, { throwOnFailure: false, timeout: 1 });
    expect((await late.result).status).toBe('timeout');
  });

  it('agrees with run-end, whatever the outcome (promise 1)', async () => {
    const sample = new Sample();
    const runs = [
      sample.run({ n: 1 }),
      sample.run({ n: 1, fail: true }),
      sample.run({ n: 1 }, { timeout: 1 }),
      sample.run({ n: 1 }, { signal: AbortSignal.abort() }),
    ];
    const told = await Promise.all(runs.map(eventsOf));
    for (const [i, run] of runs.entries()) {
      const ends = told[i].filter((event) => event.type === 'run-end');
      const { status, ledger } = await outcomeOf(run);
      expect(ends).toEqual([expect.objectContaining({ status, ledger })]);
      expect(told[i].at(-1)).toBe(ends[0]);
    }
    expect(told.map((events) => (events.at(-1) as { status: string }).status)).toEqual([
      'success',
      'failed',
      'timeout',
      'cancelled',
    ]);
  });
});
