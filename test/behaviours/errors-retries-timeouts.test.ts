import {
  BlueprintError,
  call,
  ForEach,
  goto,
  MisuseError,
  OnError,
  OnShutdown,
  Pipeline,
  planOf,
  retry,
  RunTimeoutError,
  skip,
  Step,
  StepTimeoutError,
  stop,
  Streaming,
  SubPipeline,
  type Ctx,
  type Each,
  type Failure,
} from 'stepstream';
import { explore, testRun, virtualClock, type TestRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { shortly } from '../support/events-of.js';
import { whenAborted } from '../support/when-aborted.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

/** A step that always fails, its handler, and a catch-all; what the two do is injected. */
class Handled extends Pipeline<object> {
  readonly calls: string[] = [];
  readonly named: (context: Failure<Handled>) => unknown;
  readonly other: (context: Failure<Handled>) => unknown;
  constructor(named: Handled['named'], other: Handled['other'] = () => undefined) {
    super();
    this.named = named;
    this.other = other;
  }
  @Step({ to: 'after', goto: 'far', onError: 'repair' }) work(): unknown {
    throw new Error('work broke');
  }
  @Step() after(): void {}
  @Step() far({ input }: Ctx<this>): unknown {
    return input;
  }
  @OnError() repair(context: Failure<this>): unknown {
    this.calls.push(`repair ${context.failed}`);
    return this.named(context);
  }
  @OnError() catchAll(context: Failure<this>): never {
    this.calls.push(`catchAll ${(context.error as Error).message}`);
    return this.other(context) as never;
  }
}

/** Steps as they are described, without the checks of the compiler, on a virtual clock of which so much passes. */
function passing(milliseconds: number, pipeline: Pipeline<object>): Promise<TestRun<Pipeline<object>>> {
  const clock = virtualClock();
  const running = testRun(pipeline, {}, { clock });
  return clock.advance(milliseconds).then(() => running);
}

it('B082 what follows a recovered step runs, and the failure and the recovery are told', async () => {
  const { events, result } = await testRun(new Handled(() => 'mended'), {});
  expect(result).toMatchObject({ status: 'success', outputs: { work: 'mended' } });
  expect(becameOf(result)).toEqual({ work: 'recovered', after: 'done', far: 'dead' });
  expect(events.find(({ type }) => type === 'step-error')).toMatchObject({ step: 'work', handled: true });
  expect(events.find(({ type }) => type === 'step-end')).toMatchObject({ step: 'work', status: 'recovered' });
});

it('B083 what a handler throws goes to the catch-all and then to the run, with the first error as its cause', async () => {
  const second = new Error('repair broke');
  const handled = new Handled(() => {
    throw second;
  });
  const { result } = await testRun(handled, {});
  expect(handled.calls).toEqual(['repair work', 'catchAll repair broke']);
  expect(second.cause).toMatchObject({ message: 'work broke' });
  expect(result.error!.cause).toBe(second);
  expect(becameOf(result)).toEqual({ work: 'failed', after: 'ended', far: 'ended' });
});

it('B084 a handler may return a value, skip, stop or goto, as its step may', async () => {
  const after = async (value: unknown): Promise<unknown[]> => {
    const { result } = await testRun(new Handled(() => value), {});
    return [result.status, ...Object.values(becameOf(result)), result.outputs.far];
  };
  expect(await after('mended')).toEqual(['success', 'recovered', 'done', 'dead', undefined]);
  expect(await after(skip())).toEqual(['success', 'skipped', 'dead', 'dead', undefined]);
  expect(await after(stop())).toEqual(['success', 'recovered', 'stopped', 'stopped', undefined]);
  expect(await after(goto('far', 7))).toEqual(['success', 'recovered', 'dead', 'done', 7]);
  // Not another attempt: a handler is called when there is none left.
  expect(await after(retry())).toEqual(['failed', 'failed', 'ended', 'ended', undefined]);
});

it('B085 a handler that gives up is called once, and the run has failed', async () => {
  const handled = new Handled(({ error }) => {
    throw error;
  });
  const { events, result } = await testRun(handled, {});
  expect(handled.calls).toEqual(['repair work', 'catchAll work broke']);
  expect([result.status, becameOf(result).after]).toEqual(['failed', 'ended']);
  expect(shortly(events)).not.toContain('step-start after');
});

it('B086 an error that a step returns instead of throwing it fails the step, with the smallest buffer too', async () => {
  class Returning extends Pipeline<object> {
    @Step({ to: 'after' }) work(): unknown {
      return new Error('returned');
    }
    @Step() after(): void {}
  }
  for (const buffer of [1, 64]) {
    const { events, result } = await testRun(new Returning(), {}, { buffer });
    expect(shortly(events)).toEqual(['run-start', 'step-start work', 'step-error work', 'run-end failed']);
    expect(result.error).toMatchObject({ step: 'work', cause: { code: 'NOT_PLAIN_DATA' } });
  }
});

class Retrying extends Pipeline<{ until: number }> {
  @Step({ retry: { attempts: 3, delay: 100 }, to: 'after' }) work({ attempt, state }: Ctx<this>) {
    return attempt < state.until ? retry({ delay: 5 }) : attempt;
  }
  @Step() after(): void {}
}

it('B087 retry() tells every attempt and its delay, and the step begins and ends once', async () => {
  const clock = virtualClock();
  const running = testRun(new Retrying(), { until: 3 }, { clock });
  await clock.advance(10);
  const { events, result } = await running;
  expect(result).toMatchObject({ status: 'success', outputs: { work: 3 }, duration: 10 });
  const told = events.flatMap((event) => ('step' in event && event.step === 'work' ? [event] : []));
  expect(told.map((event) => [event.type, 'attempt' in event && event.attempt])).toEqual([
    ['step-start', 1],
    ['step-retry', 1],
    ['step-retry', 2],
    ['step-end', 3],
  ]);
  expect(told[1]).toMatchObject({ delay: 5, error: { name: expect.any(String) } });
});

it('B088 retry() behind the last attempt is a failure, so what follows does not run', async () => {
  const clock = virtualClock();
  const running = testRun(new Retrying(), { until: 9 }, { clock });
  await clock.advance(10);
  const { result } = await running;
  expect(result.error).toMatchObject({ step: 'work', attempt: 3 });
  expect(becameOf(result)).toEqual({ work: 'failed', after: 'ended' });
});

it('B090 retry counts all attempts, waits as it says in between, and the last error is the failure', async () => {
  class Failing extends Pipeline<object> {
    @Step({ retry: { attempts: 4, delay: 100, backoff: 2 } }) async work({ attempt }: Ctx<this>): Promise<void> {
      throw new Error(`no ${attempt}`);
    }
  }
  const { events, result } = await passing(700, new Failing());
  const delays = events.flatMap((event) => (event.type === 'step-retry' ? [[event.attempt, event.delay]] : []));
  expect(delays).toEqual([
    [1, 100],
    [2, 200],
    [3, 400],
  ]);
  expect(result).toMatchObject({ duration: 700, error: { attempt: 4, cause: { message: 'no 4' } } });
});

it('B092 a step that waits for its next attempt holds up no other step', async () => {
  class Beside extends Pipeline<object> {
    @Step({ to: ['flaky', 'other'] }) root(): void {}
    @Step({ retry: { attempts: 2, delay: 1_000 } }) flaky({ attempt }: Ctx<this>): void {
      if (attempt === 1) throw new Error('not yet');
    }
    @Step({ to: 'next' }) other(): void {}
    @Step() next(): void {}
  }
  const { path, events } = await passing(1_000, new Beside());
  expect(path).toEqual(['root', 'other', 'next', 'flaky']);
  const ends = events.flatMap((event) => (event.type === 'step-end' ? [event.at] : []));
  expect(ends).toEqual([0, 0, 0, 1_000]);
});

it('B093 a step that is late is aborted, its finally runs, and every attempt has its own time', async () => {
  const trail: string[] = [];
  class Late extends Pipeline<object> {
    @Step({ timeout: 50, retry: 2 }) async work({ signal, attempt }: Ctx<this>): Promise<void> {
      try {
        await whenAborted(signal);
      } finally {
        trail.push(`finally ${attempt}`);
      }
    }
  }
  const { events, result } = await passing(100, new Late());
  expect(trail).toEqual(['finally 1', 'finally 2']);
  expect(result.error).toBeInstanceOf(StepTimeoutError);
  expect(result).toMatchObject({ status: 'failed', duration: 100, error: { code: 'STEP_TIMEOUT', attempt: 2 } });
  expect(events.find(({ type }) => type === 'step-error')).toMatchObject({ error: { code: 'STEP_TIMEOUT' } });
});

class Slow extends Pipeline<object> {
  @Step() async wait({ signal }: Ctx<this>): Promise<void> {
    await whenAborted(signal);
    signal.throwIfAborted();
  }
}

it('B094 the timeout of a sub-pipeline covers the child, and that of an each every one of its items', async () => {
  class Parent extends Pipeline<object> {
    readonly slow = new Slow();
    @SubPipeline(() => Slow, { timeout: 50 }) child() {
      return call(this.slow, {});
    }
  }
  class Items extends Pipeline<object> {
    @Step({ to: 'item' }) load(): number[] {
      return [1, 0];
    }
    @ForEach({ timeout: 50, onItemError: 'skip' }) async item({ item, signal }: Each<this, number>): Promise<number> {
      if (item === 1) await whenAborted(signal);
      return item;
    }
  }
  const child = await passing(50, new Parent());
  expect(child.result.error).toMatchObject({ code: 'STEP_TIMEOUT', step: 'child' });
  expect(child.events).toContainEqual(expect.objectContaining({ type: 'step-cancel', path: ['child'], step: 'wait' }));
  const items = await passing(50, new Items());
  expect(items.result).toMatchObject({ outputs: { item: [0] }, errors: [{ code: 'STEP_TIMEOUT', index: 0 }] });
});

it('B095 a run that is late is aborted, its hooks run, and it ends as timeout', async () => {
  const trail: string[] = [];
  class Closing extends Slow {
    @OnShutdown() tidy(): void {
      trail.push('tidied');
    }
  }
  const clock = virtualClock();
  const running = testRun(new Closing(), {}, { clock, timeout: 70 });
  await clock.advance(70);
  const { events, result } = await running;
  expect(result.error).toBeInstanceOf(RunTimeoutError);
  expect(result).toMatchObject({ status: 'timeout', duration: 70 });
  expect(becameOf(result)).toEqual({ wait: 'cancelled' });
  expect([trail, shortly(events).at(-1)]).toEqual([['tidied'], 'run-end timeout']);
});

it('B097 the time that a slow reader takes counts towards the timeout of the run, not of a step', async () => {
  class Speaker extends Pipeline<object> {
    @Streaming({ timeout: { step: 100, idle: 100 } }) async *speak(): AsyncGenerator<number> {
      yield* [1, 2, 3];
    }
  }
  const ends: string[] = [];
  await explore({ seed: 'slow' }, async ({ options, clock }) => {
    for (const timeout of [undefined, 200]) {
      const run = new Speaker().run({}, { ...options, timeout, throwOnFailure: false });
      for await (const _ of run.tokens()) await clock.sleep(150);
      ends.push((await run.result).status);
    }
  });
  expect(ends).toEqual(['success', 'timeout']);
});

it('B098 a time limit of 0 or less is a mistake: of the class for a step, of the call for a run', () => {
  for (const timeout of [0, -1, NaN]) {
    const Wrong = buildPipeline({ steps: [{ name: 'work', options: { timeout } }] });
    expect(() => planOf(Wrong as never)).toThrow(BlueprintError);
    expect(() => planOf(Wrong as never)).toThrow('timeout');
    expect(() => new Slow().run({}, { timeout })).toThrow(MisuseError);
  }
});
