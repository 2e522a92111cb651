import {
  call,
  ForEach,
  MisuseError,
  OnError,
  Pipeline,
  retry,
  skip,
  Step,
  StepError,
  stop,
  SubPipeline,
  suspend,
  Switch,
  type Ctx,
  type Each,
  type Failure,
  type Join,
  type Middleware,
  type MiddlewareContext,
  type MiddlewareRun,
  type PipelineOptions,
} from 'stepstream';
import { testRun } from 'stepstream/testing';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

/** Says when it is entered and left, and passes on what it is given. */
const says =
  (said: string[], name: string): Middleware =>
  async ({ step }, next) => {
    said.push(`${name} > ${step}`);
    const given = await next();
    said.push(`${name} < ${step}`);
    return given;
  };

describe('middleware', () => {
  it('surrounds the body: those of the class outside those of the step, each list from the outermost in', async () => {
    const said: string[] = [];
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [says(said, 'a'), says(said, 'b')] };
      @Step({ to: 'second', middleware: [says(said, 'c'), says(said, 'd')] })
      first(): string {
        said.push('body');
        return 'x';
      }
      @Step({ middleware: says(said, 'e') })
      async second({ input }: Ctx<this, string>): Promise<string> {
        said.push('body');
        return `${input}y`;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.outputs).toEqual({ first: 'x', second: 'xy' });
    expect(said).toEqual([
      ...['a > first', 'b > first', 'c > first', 'd > first', 'body'],
      ...['d < first', 'c < first', 'b < first', 'a < first'],
      ...['a > second', 'b > second', 'e > second', 'body', 'e < second', 'b < second', 'a < second'],
    ]);
  });

  it('may be one function for the class, and is inherited like the rest of `static pipeline`', async () => {
    const said: string[] = [];
    class Base extends Pipeline<object> {
      static readonly pipeline: PipelineOptions<object> = { middleware: says(said, 'base') };
      @Step()
      only(): void {}
    }
    class Derived extends Base {}
    await new Derived().run({}).result;
    expect(said).toEqual(['base > only', 'base < only']);
  });

  it('leaves `this` of the body alone, and the two share one state, one attempt and one usage', async () => {
    const around: Middleware<{ n: number }> = async ({ state, usage }, next) => {
      state.n += 1;
      usage({ model: 'm', input: 1, output: 2 });
      const given = await next();
      state.n *= 2;
      return given;
    };
    class Sample extends Pipeline<{ n: number }> {
      readonly factor = 10;
      @Step({ middleware: around })
      only({ state }: Ctx<this>): number {
        state.n *= this.factor;
        return state.n;
      }
    }
    const { result } = await testRun(new Sample(), { n: 1 });
    expect(result.state).toEqual({ n: 40 });
    expect(result.outputs).toEqual({ only: 20 });
    expect(result.usage).toEqual({ input: 1, output: 2, models: { m: { input: 1, output: 2 } } });
  });

  it('may look at what a plain body gives at once, without any promise', async () => {
    let looked: unknown;
    class Sample extends Pipeline<object> {
      @Step({ middleware: (_, next) => (looked = next()) })
      only(): { readonly a: number } {
        return { a: 1 };
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(looked).toEqual({ a: 1 });
    expect(result.outputs.only).toEqual({ a: 1 });
  });

  it('replaces an output, at once or later', async () => {
    class Sample extends Pipeline<object> {
      @Step({ to: 'later', middleware: (_, next) => `${String(next())}!` })
      atOnce(): string {
        return 'a';
      }
      @Step({ middleware: async (_, next) => `${String(await next())}!` })
      async later({ input }: Ctx<this, string>): Promise<string> {
        return input;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.outputs).toEqual({ atOnce: 'a!', later: 'a!!' });
  });

  it('that returns nothing leaves the output as it is, awaited or not', async () => {
    const around: Middleware[] = [
      (_, next) => void next(),
      async (_, next) => void next(),
      async (_, next) => void (await next()),
    ];
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: around };
      @Step({ to: 'b' })
      a(): string {
        return 'a';
      }
      @Step({ to: 'c' })
      async b(): Promise<string> {
        await sleep(2);
        return 'b';
      }
      @Step()
      async c(): Promise<null> {
        return null;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.status).toBe('success');
    expect(result.outputs).toEqual({ a: 'a', b: 'b', c: null });
  });

  it('needs not call next(): the body is then left out', async () => {
    let called = 0;
    class Sample extends Pipeline<object> {
      @Step({ to: 'second', middleware: () => 'cached' })
      first(): string {
        called++;
        return 'fresh';
      }
      @Step({ middleware: () => undefined })
      second(): void {
        called++;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.outputs).toEqual({ first: 'cached' });
    expect(result.ledger).toMatchObject({ first: { status: 'done' }, second: { status: 'done' } });
    expect(called).toBe(0);
  });

  it('that throws, before or after the body, is the failure of the attempt with its own error', async () => {
    class Sample extends Pipeline<{ when: 'before' | 'after' }> {
      @Step({
        middleware: [
          async ({ state }, next) => {
            if ((state as { when: string }).when === 'before') throw new RangeError('before');
            await next();
            throw new RangeError('after');
          },
        ],
      })
      only({ state }: Ctx<this>): void {
        state.when = 'before';
      }
    }
    for (const when of ['before', 'after'] as const) {
      const { result } = await testRun(new Sample(), { when });
      expect(result).toMatchObject({ status: 'failed', state: { when }, ledger: { only: { status: 'failed' } } });
      expect(result.error).toBeInstanceOf(StepError);
      expect(result.error!.cause).toEqual(new RangeError(when));
    }
  });

  it('sees the failure of the body at once or later, and may make something of it', async () => {
    const recover: Middleware = async (_, next) => {
      try {
        return await next();
      } catch (error) {
        return `recovered from ${(error as Error).message}`;
      }
    };
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [recover] };
      @Step({ to: 'later' })
      atOnce(): string {
        throw new Error('one');
      }
      @Step()
      async later(): Promise<string> {
        await sleep(1);
        throw new Error('two');
      }
    }
    const { result, events } = await testRun(new Sample(), {});
    expect(result.outputs).toEqual({ atOnce: 'recovered from one', later: 'recovered from two' });
    expect(result.ledger).toMatchObject({ atOnce: { status: 'done' }, later: { status: 'done' } });
    expect(events.filter(({ type }) => type === 'step-error')).toEqual([]);
  });

  it('surrounds each attempt anew, and never a handler', async () => {
    const seen: string[] = [];
    const around: Middleware = ({ attempt, step }, next) => {
      seen.push(`${step} ${attempt}`);
      return next();
    };
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [around] };
      @Step({ retry: 3, onError: 'fallback' })
      only(): string {
        throw new Error('no');
      }
      @OnError()
      fallback({ attempt }: Failure<this>): string {
        seen.push(`fallback ${attempt}`);
        return 'fallback';
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.outputs).toEqual({ only: 'fallback' });
    expect(seen).toEqual(['only 1', 'only 2', 'only 3', 'fallback 3']);
  });

  it('is not asked by a join that has nothing but failures to report', async () => {
    const seen: string[] = [];
    class Sample extends Pipeline<object> {
      static readonly pipeline = {
        middleware: ({ step }, next) => {
          seen.push(step);
          return next();
        },
      } satisfies PipelineOptions<object>;
      @Step({ to: ['a', 'b'] })
      start(): void {}
      @Step({ to: 'first' })
      a(): string {
        throw new Error('a');
      }
      @Step({ to: 'first' })
      b(): string {
        throw new Error('b');
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { a?: string; b?: string }>): unknown {
        return inputs;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.status).toBe('failed');
    expect(seen).toEqual(['start', 'a', 'b']);
  });

  it('is not called where its step has no turn any more', async () => {
    const seen: string[] = [];
    class Sample extends Pipeline<object> {
      @Step({ to: 'second' })
      first() {
        return stop();
      }
      @Step({ middleware: ({ step }, next) => (seen.push(step), next()) })
      second(): void {}
    }
    await new Sample().run({}).result;
    expect(seen).toEqual([]);
  });
});

describe('a directive', () => {
  it('passes through middleware as a value that it may look at, and is honoured afterwards', async () => {
    const seen: unknown[] = [];
    class Sample extends Pipeline<object> {
      static readonly pipeline = {
        middleware: async (_, next) => {
          const given = await next();
          seen.push(given);
          return given;
        },
      } satisfies PipelineOptions<object>;
      @Step({ to: ['a', 'b'] })
      start(): void {}
      @Step({ to: 'join' })
      a() {
        return skip();
      }
      @Step({ to: 'join' })
      b() {
        return 'b' as const;
      }
      @Step({ to: 'never' })
      join() {
        return stop();
      }
      @Step()
      never(): void {}
    }
    const { result } = await testRun(new Sample(), {});
    expect(seen).toEqual([undefined, skip(), 'b', stop()]);
    expect(result.status).toBe('success');
    expect(result.ledger).toMatchObject({
      a: { status: 'skipped' },
      join: { status: 'done' },
      never: { status: 'not taken', why: 'stopped' },
    });
  });

  it('may be retry() or suspend(); the answer to what was asked is the output, and no middleware is around that', async () => {
    const seen: unknown[] = [];
    class Asking extends Pipeline<object> {
      static readonly pipeline = {
        name: 'asking',
        middleware: [
          async (context: MiddlewareContext, next: () => unknown) => {
            const given = await next();
            seen.push([context.step, context.attempt, (given as Record<string, unknown>)['~directive'] ?? given]);
            return given;
          },
        ],
      };
      @Step({ to: 'ask', retry: 2 })
      again({ attempt }: Ctx<this>) {
        return attempt === 1 ? retry() : 'enough';
      }
      @Step({ to: 'after' })
      ask() {
        return suspend<string>({ question: 'well?' });
      }
      @Step()
      after({ input }: Ctx<this, string>): string {
        return `${input}!`;
      }
    }
    const { result } = await testRun(new Asking(), {}, { answers: { ask: 'yes' } });
    expect(result).toMatchObject({ status: 'success', outputs: { again: 'enough', ask: 'yes', after: 'yes!' } });
    expect(seen).toEqual([
      ['again', 1, 'retry'],
      ['again', 2, 'enough'],
      ['ask', 1, 'suspend'],
      ['after', 1, 'yes!'],
    ]);
  });

  it('may come from a middleware, with or without the body', async () => {
    let called = 0;
    class Sample extends Pipeline<object> {
      @Step({ to: ['a', 'b'] })
      start(): void {}
      @Step({ to: 'join', middleware: () => skip() })
      a(): string {
        called++;
        return 'a';
      }
      @Step({ to: 'join', middleware: async (_, next) => (await next(), skip()) })
      b(): string {
        called++;
        return 'b';
      }
      @Step()
      join({ inputs }: Join<this, { a: string; b: string }>): unknown {
        return inputs;
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(called).toBe(1);
    expect(result.ledger).toMatchObject({
      a: { status: 'skipped' },
      b: { status: 'skipped' },
      join: { status: 'not taken', why: 'dead' },
    });
  });
});

describe('next()', () => {
  const failureOf = async (around: Middleware): Promise<unknown> => {
    let called = 0;
    class Sample extends Pipeline<object> {
      @Step({ middleware: around })
      async only(): Promise<string> {
        called++;
        return 'x';
      }
    }
    const { error } = await outcomeOf(new Sample().run({}));
    expect(called).toBe(1);
    return error?.cause;
  };

  it('can be called once: a second call throws an error that says so', async () => {
    const cause = await failureOf(async (_, next) => [await next(), await next()]);
    expect(cause).toBeInstanceOf(MisuseError);
    expect(cause).toMatchObject({
      code: 'INVALID_NEXT',
      message: expect.stringContaining('Sample.only: a middleware has called next() a second time.'),
    });
  });

  it('that is refused may be caught, and changes nothing', async () => {
    let refused: unknown;
    const cause = await failureOf(async (_, next) => {
      const given = next();
      try {
        await next();
      } catch (error) {
        refused = error;
      }
      return given;
    });
    expect(cause).toBeUndefined();
    expect(refused).toMatchObject({ code: 'INVALID_NEXT' });
  });

  it('can not be called when the middleware has ended: the body never begins', async () => {
    let called = 0;
    let later: (() => unknown) | undefined;
    class Sample extends Pipeline<object> {
      @Step({ middleware: (_, next) => ((later = next), 'early') })
      async only(): Promise<string> {
        called++;
        return 'x';
      }
    }
    const { outputs } = await new Sample().run({}).result;
    expect(outputs).toEqual({ only: 'early' });
    expect(later).toThrow(MisuseError);
    expect(later).toThrow('Sample.only: a middleware has called next() after the middleware had ended.');
    expect(called).toBe(0);
  });
});

describe('the context of a middleware', () => {
  it('has everything of the context of its step, and where that step is', async () => {
    const seen: MiddlewareContext[] = [];
    class Sample extends Pipeline<{ n: number }, { tenant: string }> {
      static readonly pipeline = { name: 'sample' };
      @Step({ to: ['left', 'right'] })
      start(): number {
        return 1;
      }
      @Step({ to: 'join' })
      left(): string {
        return 'l';
      }
      @Step({ to: 'join' })
      right(): string {
        return 'r';
      }
      @Step({ meta: { colour: 'red' }, middleware: (context, next) => (seen.push(context), next()) })
      join(_: Join<this, { left: string; right: string }>): void {}
    }
    const { result } = await testRun(new Sample(), { n: 1 }, { id: 'r1', context: { tenant: 't' } });
    expect(result.status).toBe('success');
    const [context] = seen;
    const { state, signal, run, kind, input, inputs, outputs, visit, path, pipeline, meta } = context;
    expect({ state, kind, input, inputs, outputs, visit, path, pipeline, meta }).toEqual({
      state: { n: 1 },
      kind: 'step',
      input: 'l',
      inputs: { left: 'l', right: 'r' },
      outputs: { start: 1, left: 'l', right: 'r' },
      visit: 1,
      path: [],
      pipeline: 'sample',
      meta: { colour: 'red' },
    });
    const { attempt, runId, step, context: given, index, item } = context;
    expect({ attempt, runId, step, given, index, item }).toEqual({
      attempt: 1,
      runId: 'r1',
      step: 'join',
      given: { tenant: 't' },
      index: undefined,
      item: undefined,
    });
    expect(signal.aborted).toBe(false);
    expect(run.id).toBe('r1');
  });

  it('says which kind of step it is around, and where it is nested', async () => {
    const seen: string[] = [];
    const note: Middleware = ({ kind, step, index, item, path, pipeline }, next) => {
      seen.push([pipeline, ...path, step, kind, ...(index === undefined ? [] : [index, String(item)])].join(' '));
      return next();
    };
    class Child extends Pipeline<{ n: number }> {
      static readonly pipeline = { middleware: note };
      @Step()
      inside({ state }: Ctx<this>): void {
        state.n++;
      }
    }
    class Parent extends Pipeline<object> {
      static readonly pipeline = { middleware: note };
      readonly child = new Child();
      @Step({ to: 'each' })
      list(): string[] {
        return ['a', 'b'];
      }
      @ForEach({ to: 'route' })
      each({ item }: Each<this, string>): string {
        return item.toUpperCase();
      }
      @Switch({ cases: { on: 'sub' } })
      route(): 'on' {
        return 'on';
      }
      @SubPipeline(() => Child)
      sub() {
        return call(this.child, { n: 1 });
      }
    }
    const { result } = await testRun(new Parent(), {});
    expect(result.outputs).toMatchObject({ each: ['A', 'B'], sub: { n: 2 } });
    expect(seen).toEqual([
      'Parent list step',
      'Parent each each 0 a',
      'Parent each each 1 b',
      'Parent route switch',
      'Parent sub sub',
      'Child sub inside step',
    ]);
  });

  it('may replace a key, an item or the output of a sub-pipeline', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Step()
      inside(): void {}
    }
    class Parent extends Pipeline<object> {
      readonly child = new Child();
      @Step({ to: 'each' })
      list(): string[] {
        return ['a', 'b'];
      }
      @ForEach({ to: 'route', middleware: ({ index }, next) => (index === 0 ? 'first' : next()) })
      each({ item }: Each<this, string>): string {
        return item;
      }
      @Switch({ cases: { on: 'sub', off: null }, middleware: () => 'on' })
      route(): 'on' | 'off' {
        return 'off';
      }
      @SubPipeline(() => Child, { middleware: () => ({ n: 7 }) })
      sub() {
        return call(this.child, { n: 1 });
      }
    }
    const { result } = await testRun(new Parent(), {});
    expect(result.outputs).toMatchObject({ each: ['first', 'b'], route: 'on', sub: { n: 7 } });
  });
});

describe('the run as a middleware sees it', () => {
  it('is one object for the whole run, sub-pipelines included, and another for each run', async () => {
    const seen = new Set<MiddlewareRun>();
    const counts: number[] = [];
    const note: Middleware = ({ run }, next) => {
      seen.add(run);
      counts.push(run.steps);
      return next();
    };
    class Child extends Pipeline<{ n: number }> {
      static readonly pipeline = { middleware: note };
      @Step()
      inside({ usage }: Ctx<this>): void {
        usage({ input: 10, output: 5 });
      }
    }
    class Parent extends Pipeline<object> {
      readonly child = new Child();
      @Step({ to: 'sub' })
      plain(): void {}
      @SubPipeline(() => Child, { to: 'last' })
      sub() {
        return call(this.child, { n: 1 });
      }
      @Step({ middleware: note })
      last({ usage }: Ctx<this>): void {
        usage({ model: 'm', input: 1, output: 1 });
      }
    }
    const parent = new Parent();
    const { result } = await testRun(parent, {});
    expect(counts).toEqual([3, 4]);
    expect(seen.size).toBe(1);
    const [run] = seen;
    expect(run.usage).toEqual({ input: 11, output: 6, models: { m: { input: 1, output: 1 } } });
    expect(run.usage).toEqual(result.usage);
    await testRun(parent, {});
    expect(seen.size).toBe(2);
    expect(counts).toEqual([3, 4, 3, 4]);
  });

  it('tells when the first step began, and what time it is', async () => {
    const now = 1_000;
    const seen: number[] = [];
    class Sample extends Pipeline<object> {
      @Step({ to: 'second' })
      async first(): Promise<void> {
        await sleep(5);
      }
      @Step({ middleware: ({ run }, next) => (seen.push(run.startedAt, run.now()), next()) })
      second(): void {}
    }
    const clock = { now: () => now + performance.now(), after: systemAfter };
    const before = clock.now();
    await testRun(new Sample(), {}, { clock });
    const [startedAt, at] = seen;
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(at - startedAt).toBeGreaterThanOrEqual(4);
    expect(at).toBeLessThanOrEqual(clock.now());
  });

  it('calls back after a while, unless that is taken back; never once the run has ended', async () => {
    const rung: string[] = [];
    let late: MiddlewareRun | undefined;
    const around: Middleware = async ({ run }, next) => {
      late = run;
      run.after(1, () => rung.push('rings'));
      run.after(2, () => rung.push('taken back')).cancel();
      run.after(60_000, () => rung.push('too late'));
      const given = await next();
      return given;
    };
    class Sample extends Pipeline<object> {
      @Step({ middleware: around })
      async only(): Promise<void> {
        await sleep(20);
      }
    }
    const cancelled: number[] = [];
    const clock = {
      now: () => Date.now(),
      after(milliseconds: number, callback: () => void) {
        const timer = systemAfter(milliseconds, callback);
        return { cancel: () => (cancelled.push(milliseconds), timer.cancel()) };
      },
    };
    await testRun(new Sample(), {}, { clock });
    expect(rung).toEqual(['rings']);
    expect(cancelled.filter((milliseconds) => milliseconds === 60_000)).toHaveLength(1);
    late!.after(0, () => rung.push('after the end')).cancel();
    late!.onUsage(() => rung.push('after the end')).cancel();
    late!.after(0, () => rung.push('after the end'));
    await sleep(5);
    expect(rung).toEqual(['rings']);
  });

  it('calls back at each usage, unless that is taken back', async () => {
    const seen: number[] = [];
    const around: Middleware = async ({ run }, next) => {
      run.onUsage(() => seen.push(run.usage.input));
      const other = run.onUsage(() => seen.push(-run.usage.input));
      const given = await next();
      other.cancel();
      other.cancel();
      return given;
    };
    class Sample extends Pipeline<object> {
      @Step({ to: 'second', middleware: around })
      first({ usage }: Ctx<this>): void {
        usage({ input: 1, output: 0 });
      }
      @Step()
      second({ usage }: Ctx<this>): void {
        usage({ input: 2, output: 0 });
      }
    }
    await testRun(new Sample(), {});
    expect(seen).toEqual([1, -1, 3]);
  });

  it('may be failed: what is alive is aborted, and neither a retry nor a handler is asked', async () => {
    const asked: string[] = [];
    const guard: Middleware = ({ run, step }, next) => {
      if (step === 'bad') run.fail(new RangeError('enough'));
      return next();
    };
    class Sample extends Pipeline<{ log: string[] }> {
      static readonly pipeline = { middleware: guard };
      @Step({ to: ['slow', 'bad'] })
      start(): string {
        return 'started';
      }
      @Step({ retry: 3 })
      async slow({ signal }: Ctx<this>): Promise<void> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        asked.push(`slow: ${String(signal.reason)}`);
      }
      @Step({ retry: 3 })
      bad(): void {
        asked.push('bad');
      }
      @OnError()
      handler(): void {
        asked.push('handler');
      }
    }
    const { result } = await testRun(new Sample(), { log: [] });
    expect(result).toMatchObject({ status: 'failed', outputs: { start: 'started' }, error: new RangeError('enough') });
    expect(result.errors).toEqual([new RangeError('enough')]);
    expect(result.ledger).toMatchObject({ slow: { status: 'cancelled' }, bad: { status: 'cancelled' } });
    expect(asked).toEqual(['slow: RangeError: enough']);
  });

  it('can not be failed once it ends, and what is no error is made one', async () => {
    let late: MiddlewareRun | undefined;
    class Sample extends Pipeline<object> {
      @Step({ middleware: ({ run }, next) => ((late = run), next()) })
      only(): void {}
    }
    const { result } = await testRun(new Sample(), {});
    late!.fail(new Error('too late'));
    expect(result).toMatchObject({ status: 'success', errors: [] });
    class Other extends Pipeline<object> {
      @Step({ middleware: ({ run }) => run.fail('no error' as unknown as Error) })
      only(): void {}
    }
    const outcome = await outcomeOf(new Other().run({}));
    expect(outcome.error).toEqual(new Error('a middleware has failed the run: no error'));
  });

  it('fails with what one of its callbacks throws', async () => {
    class Sample extends Pipeline<{ what: 'timer' | 'usage' }> {
      @Step({
        middleware: ({ run, state }, next) => {
          const fail = (): never => {
            throw new RangeError('callback');
          };
          if ((state as { what: string }).what === 'timer') run.after(1, fail);
          else run.onUsage(fail);
          return next();
        },
      })
      async only({ usage, signal }: Ctx<this>): Promise<void> {
        usage({ input: 1, output: 1 });
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
    }
    for (const what of ['timer', 'usage'] as const) {
      const { error } = await outcomeOf(new Sample().run({ what }));
      expect(error).toEqual(new RangeError('callback'));
    }
  });
});

function systemAfter(milliseconds: number, callback: () => void): { cancel(): void } {
  const timer = setTimeout(callback, milliseconds);
  return { cancel: () => clearTimeout(timer) };
}
