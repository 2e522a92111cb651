import {
  OnError,
  Pipeline,
  skip,
  Step,
  StepError,
  stop,
  Streaming,
  type Ctx,
  type Failure,
  type Join,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';

interface Trail {
  seen: string[];
}

describe('a named handler', () => {
  it('stands in for the step: what it returns is the step’s output, and what it changed is committed (D.2, A.2)', async () => {
    class Rescued extends Pipeline<Trail> {
      @Step({ to: 'after', onError: 'rescue' })
      work({ state }: Ctx<this>): number {
        state.seen.push('body');
        throw new TypeError('odd');
      }
      @OnError()
      rescue({ state, error, failed, step, attempt }: Failure<this>): number {
        state.seen.push(`handler of ${failed}/${step}: ${(error as Error).message}, attempt ${attempt}`);
        return 7;
      }
      @Step()
      after({ input }: Ctx<this, number>): number {
        return input * 2;
      }
    }
    const run = new Rescued().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, state, outputs, ledger, errors } = await run.result;
    expect(status).toBe('success');
    expect(state.seen).toEqual(['handler of work/work: odd, attempt 1']);
    expect(outputs).toEqual({ work: 7, after: 14 });
    expect(ledger.work.status).toBe('recovered');
    expect(errors).toEqual([]);
    expect(events.find(({ type }) => type === 'step-error')).toMatchObject({
      handled: true,
      error: { name: 'TypeError', message: 'odd', step: 'work', attempt: 1 },
    });
    expect(events.filter((event) => event.type === 'step-end' && event.step === 'work')).toMatchObject([
      { status: 'recovered', output: 7 },
    ]);
  });

  it('runs once, after the last attempt (D.2, D.3)', async () => {
    const seen: string[] = [];
    class Tried extends Pipeline<object> {
      @Step({ retry: 3, onError: 'rescue' })
      work({ attempt }: Ctx<this>): string {
        seen.push(`attempt ${attempt}`);
        throw new Error(`no ${attempt}`);
      }
      @OnError()
      rescue({ error }: Failure<this>): string {
        seen.push((error as Error).message);
        return 'rescued';
      }
    }
    expect((await new Tried().run({}).result).outputs.work).toBe('rescued');
    expect(seen).toEqual(['attempt 1', 'attempt 2', 'attempt 3', 'no 3']);
  });

  it('may stream as the same step; its text is then the output, what the body said is reset first (D.2, D.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ onError: 'apologise', to: 'after' })
      async *speak(): AsyncGenerator<string> {
        yield 'The answer';
        yield ' is';
        throw new Error('cut');
      }
      @OnError()
      async *apologise(_: Failure<this>): AsyncGenerator<string> {
        yield 'Sorry';
        yield '.';
      }
      @Step()
      after({ input }: Ctx<this, string>): string {
        return input;
      }
    }
    const run = new Speaker().run({});
    const events = await eventsOf(run);
    const { text, outputs } = await run.result;
    expect(text).toBe('Sorry.');
    expect(outputs.after).toBe('Sorry.');
    expect(events.slice(1, -3).map((event) => ('value' in event ? event.value : event.type))).toEqual([
      'step-start',
      'The answer',
      ' is',
      'token-reset',
      'step-error',
      'Sorry',
      '.',
      'step-end',
    ]);
    const reset = events.find((event) => event.type === 'token-reset');
    expect(reset).toMatchObject({ step: 'speak', from: 3, to: 4, why: 'handler' });
  });

  it('may return skip() or stop() (D.2)', async () => {
    class Skips extends Pipeline<object> {
      @Step({ onError: 'rescue', to: 'after' })
      work() {
        if (Date.now() > 0) throw new Error('no');
        return skip();
      }
      @OnError()
      rescue() {
        return skip();
      }
      @Step()
      after(): void {}
    }
    const { status, ledger } = await new Skips().run({}).result;
    expect(status).toBe('success');
    expect(ledger).toMatchObject({ work: { status: 'skipped' }, after: { why: 'dead', by: 'work' } });
  });

  it('that fails hands on to the catch-all, with the first error as cause (D.2)', async () => {
    const first = new Error('first');
    const given: unknown[] = [];
    class Twice extends Pipeline<object> {
      @Step({ onError: 'rescue' })
      work(): string {
        throw first;
      }
      @OnError()
      rescue(): string {
        throw new Error('second');
      }
      @OnError()
      onFail({ error }: Failure<this>) {
        given.push(error, (error as Error).cause);
        return stop();
      }
    }
    const { status } = await new Twice().run({}).result;
    expect(status).toBe('success');
    expect(given).toEqual([new Error('second'), first]);
    expect(given[1]).toBe(first);
  });

  it('that fails without a catch-all fails the run, with both errors in the chain of causes (D.2, D.5)', async () => {
    const first = new Error('first');
    const second = new Error('second');
    class Twice extends Pipeline<object> {
      @Step({ onError: 'rescue' })
      work(): string {
        throw first;
      }
      @OnError()
      rescue(): string {
        throw second;
      }
    }
    const { error } = await outcomeOf(new Twice().run({}));
    expect(error).toBeInstanceOf(StepError);
    expect(error?.cause).toBe(second);
    expect(second.cause).toBe(first);
  });

  it('begins from the version of its activation, whatever was committed meanwhile (D.2, A.1)', async () => {
    class Versions extends Pipeline<{ a: number; b: number; saw: number }> {
      @Step({ to: ['quick', 'slow'] })
      split(): void {}
      @Step()
      quick({ state }: Ctx<this>): void {
        state.a = 1;
      }
      @Step({ onError: 'rescue' })
      async slow({ state }: Ctx<this>): Promise<void> {
        await new Promise(setImmediate);
        state.b = 99;
        throw new Error('late');
      }
      @OnError()
      rescue({ state }: Failure<this>): void {
        state.saw = state.a * 100 + state.b;
      }
    }
    const { state } = await new Versions().run({ a: 0, b: 0, saw: -1 }).result;
    expect(state).toEqual({ a: 1, b: 0, saw: 0 });
  });
});

describe('the catch-all handler', () => {
  it('that only logs recovers nothing: the error goes on and the run fails (D.2)', async () => {
    const logged: unknown[] = [];
    class Logging extends Pipeline<Trail> {
      @Step({ to: 'after' })
      work(): void {
        throw new Error('mine');
      }
      @Step()
      after(): void {
        logged.push('after');
      }
      @OnError()
      log({ state, error, failed }: Failure<this>): void {
        state.seen.push('handler');
        logged.push([failed, error]);
      }
    }
    const { status, state, error, ledger } = await outcomeOf(new Logging().run({ seen: [] }));
    expect(status).toBe('failed');
    expect(logged).toEqual([['work', new Error('mine')]]);
    expect((error?.cause as Error).message).toBe('mine');
    // Not recovered, so what the handler has changed is no more committed than what the body has.
    expect(state.seen).toEqual([]);
    expect(ledger).toMatchObject({ work: { status: 'failed' }, after: { why: 'ended' } });
  });

  it('recovers by skip(): a join behind goes on without the step, and what it said is reset (D.2, D.4)', async () => {
    class Skipping extends Pipeline<Trail> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Streaming({ to: 'd' })
      async *b(): AsyncGenerator<string> {
        yield 'half';
        throw new Error('cut');
      }
      @Step({ to: 'd' })
      c(): number {
        return 3;
      }
      @Step()
      d({ inputs }: Join<this, { b?: string; c: number }>): string[] {
        return Object.keys(inputs);
      }
      @OnError()
      onFail({ state }: Failure<this>) {
        state.seen.push('handled');
        return skip();
      }
    }
    const run = new Skipping().run({ seen: [] });
    const events = await eventsOf(run);
    const { status, state, text, outputs, ledger } = await run.result;
    expect(status).toBe('success');
    expect(state.seen).toEqual(['handled']);
    expect(text).toBe('');
    expect(outputs.d).toEqual(['c']);
    expect(ledger.b.status).toBe('skipped');
    expect(events.find(({ type }) => type === 'token-reset')).toMatchObject({ step: 'b', why: 'handler' });
  });

  it('recovers by stop(): the run ends with success (D.2)', async () => {
    class Stopping extends Pipeline<object> {
      @Step({ to: 'after' })
      work(): void {
        throw new Error('enough');
      }
      @Step()
      after(): void {}
      @OnError()
      onFail() {
        return stop();
      }
    }
    const { status, ledger } = await new Stopping().run({}).result;
    expect(status).toBe('success');
    expect(ledger).toMatchObject({ work: { status: 'recovered' }, after: { why: 'stopped' } });
  });

  it('that returns a value is a mistake that says so: it can’t know the output (D.2)', async () => {
    class Guessing extends Pipeline<object> {
      @Step()
      work(): void {
        throw new Error('no');
      }
      @OnError()
      onFail(): string {
        return 'a guess';
      }
    }
    const { status, error } = await outcomeOf(new Guessing().run({}));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'HANDLER_VALUE', message: expect.stringContaining('onFail') });
  });

  it('is not asked of a step whose named handler has recovered it (D.2)', async () => {
    const asked: string[] = [];
    class Both extends Pipeline<object> {
      @Step({ onError: 'rescue' })
      work(): string {
        throw new Error('no');
      }
      @OnError()
      rescue(): string {
        return 'rescued';
      }
      @OnError()
      onFail({ failed }: Failure<this>): void {
        asked.push(failed);
      }
    }
    expect((await new Both().run({}).result).outputs.work).toBe('rescued');
    expect(asked).toEqual([]);
  });

  it('is never asked of a cancelled step (D.2)', async () => {
    const asked: string[] = [];
    class Cancelled extends Pipeline<object> {
      @Step()
      async work({ signal }: Ctx<this>): Promise<void> {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      }
      @OnError()
      onFail({ failed }: Failure<this>): void {
        asked.push(failed);
      }
    }
    const run = new Cancelled().run({});
    run.on('step-start', () => setImmediate(() => void run.cancel()));
    expect((await run.result).status).toBe('cancelled');
    expect(asked).toEqual([]);
  });

  it('nothing is aborted while a handler works (D.1)', async () => {
    const aborted: boolean[] = [];
    class Patient extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ onError: 'rescue' })
      b(): string {
        throw new Error('no');
      }
      @OnError()
      async rescue(): Promise<string> {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return 'rescued';
      }
      @Step()
      async c({ signal }: Ctx<this>): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 15));
        aborted.push(signal.aborted);
      }
    }
    expect((await new Patient().run({}).result).status).toBe('success');
    expect(aborted).toEqual([false]);
  });
});

describe('errors', () => {
  it('are plain in events, without stack or cause, and a StepError with the author’s own error in process (D.5)', async () => {
    const mine = Object.assign(new RangeError('too far'), { code: 'E_FAR', secret: 'password' });
    class Failing extends Pipeline<object> {
      @Step()
      work(): void {
        throw mine;
      }
    }
    const run = new Failing().run({});
    const events = await eventsOf(run);
    const plain = { name: 'RangeError', message: 'too far', code: 'E_FAR', step: 'work', attempt: 1 };
    expect(events.find(({ type }) => type === 'step-error')).toMatchObject({ handled: false, error: plain });
    expect((events.find(({ type }) => type === 'step-error') as { error: object }).error).toEqual(plain);
    expect(JSON.stringify(events)).not.toContain('password');
    const { error } = await outcomeOf(run);
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ step: 'work', attempt: 1, cause: mine });
  });

  it('an AbortError thrown while nothing was aborted is an ordinary failure (D.6)', async () => {
    class Aborting extends Pipeline<object> {
      @Step()
      async work(): Promise<void> {
        throw new DOMException('my own', 'AbortError');
      }
    }
    const { status, ledger } = await outcomeOf(new Aborting().run({}));
    expect(status).toBe('failed');
    expect(ledger.work.status).toBe('failed');
  });
});
