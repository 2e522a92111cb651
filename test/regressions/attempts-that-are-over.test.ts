import { OnError, Pipeline, Step, StepError, Streaming, type Ctx, type Failure } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { DIRECTIVE } from '../../decorators/directive.js';
import { PORTS } from '../../src/ports/ports.js';
import { addMember, buildPipeline } from '../support/build-class.js';
import { eventsOf, shortly } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

type Empty = Record<string, never>;

describe('an attempt that has failed', () => {
  it.each([
    ['resolves', (ok: (value: unknown) => void) => ok(1)],
    ['rejects again', (_: unknown, no: (error: unknown) => void) => no(new Error('second'))],
  ])('by a thenable that rejects and then %s has failed once (D.3)', { timeout: 2_000 }, async (_, then) => {
    let calls = 0;
    class Hostile extends Pipeline<Empty> {
      @Step({ retry: { attempts: 3, delay: 10 } })
      work(): unknown {
        calls++;
        return {
          then(ok: (value: unknown) => void, no: (error: unknown) => void) {
            no(new Error('first'));
            then(ok, no);
          },
        };
      }
    }
    const run = new Hostile().run({});
    const told: string[] = [];
    run.on('step-retry', ({ error }) => void told.push(error.message));
    const { status, error } = await outcomeOf(run);
    expect({ status, calls, told }).toEqual({ status: 'failed', calls: 3, told: ['first', 'first'] });
    expect((error?.cause as Error).message).toBe('first');
    await sleep(40);
    expect(calls).toBe(3);
  });

  it('says nothing more while the next one is waited for (D.3, F.3)', async () => {
    class Stale extends Pipeline<Empty> {
      @Step({ retry: { attempts: 2, delay: 50 } })
      work({ attempt, emit }: Ctx<this>): void {
        if (attempt === 2) return emit('fresh', attempt);
        setTimeout(() => emit('stale', attempt), 10);
        throw new Error('again');
      }
    }
    const events = await eventsOf(new Stale().run({}));
    expect(events.flatMap((event) => (event.type === 'custom' ? event.name : []))).toEqual(['fresh']);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });
});

describe('a token-reset', () => {
  it('comes before the step-error of a failure that an any-join survives (C.5, D.4)', async () => {
    class Race extends Pipeline<Empty> {
      @Step({ to: ['speak', 'wait'] })
      split(): void {}
      @Streaming({ to: 'first' })
      async *speak(): AsyncGenerator<string> {
        yield 'half';
        throw new Error('cut');
      }
      @Step({ to: 'first' })
      async wait(): Promise<void> {
        await sleep(10);
      }
      @Step({ join: 'any' })
      first(): void {}
    }
    const events = await eventsOf(new Race().run({}));
    const ofSpeak = events.filter((event) => 'step' in event && event.step === 'speak');
    expect(shortly(ofSpeak)).toEqual(['step-start speak', 'token speak', 'token-reset speak', 'step-error speak']);
    expect(ofSpeak.at(-1)).toMatchObject({ handled: false });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });

  it('of a handler comes before the step-error that hands over to it (D.2, D.4)', async () => {
    class Handled extends Pipeline<Empty> {
      @Streaming({ onError: 'instead' })
      async *speak(): AsyncGenerator<string> {
        yield 'half';
        throw new Error('cut');
      }
      @OnError()
      async *instead(_: Failure<this>): AsyncGenerator<string> {
        yield 'sorry';
      }
    }
    const events = await eventsOf(new Handled().run({}));
    expect(shortly(events)).toEqual([
      'run-start',
      'step-start speak',
      'token speak',
      'token-reset speak',
      'step-error speak',
      'token speak',
      'step-end speak',
      'run-end success',
    ]);
    expect(events[3]).toMatchObject({ why: 'handler', from: 3, to: 3 });
    expect(events[4]).toMatchObject({ handled: true });
  });
});

describe('run.tokens({ onReset })', () => {
  it('ends when onReset itself calls return() (D.4, E.3)', { timeout: 2_000 }, async () => {
    class Twice extends Pipeline<Empty> {
      @Streaming({ retry: 2 })
      async *speak({ attempt }: Ctx<this>): AsyncGenerator<string> {
        yield 'half';
        if (attempt === 1) throw new Error('cut');
        await sleep(20);
        yield 'whole';
      }
    }
    const run = new Twice().run({});
    const tokens: AsyncIterableIterator<unknown> = run.tokens({ onReset: () => void tokens.return?.() });
    const got: unknown[] = [];
    for await (const token of tokens) got.push(token);
    expect(got).toEqual(['half']);
    expect((await run.result).status).toBe('cancelled');
  });
});

describe('a directive of another version of the package', () => {
  it('fails its step with UNKNOWN_DIRECTIVE and does not stop the run (B.4)', async () => {
    const foreign = Object.defineProperty({ '~directive': 'teleport' }, DIRECTIVE, { value: true });
    expect(DIRECTIVE).toBe(Symbol.for('stepstream/directive@1'));
    class Mixed extends Pipeline<Empty> {
      @Step({ to: 'after' })
      work(): unknown {
        return foreign;
      }
      @Step()
      after(): void {}
    }
    const { status, error, ledger } = await outcomeOf(new Mixed().run({}));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'UNKNOWN_DIRECTIVE', step: 'work' });
    expect(error?.message).toMatch(/teleport\(\).*one version of stepstream/s);
    expect(ledger.after.status).toBe('not taken');
  });
});

describe('the StepError of another run', () => {
  it('that a body rethrows is the cause of a StepError of its own step (D.5)', async () => {
    class Inner extends Pipeline<Empty> {
      @Step()
      deep(): void {
        throw new Error('deepest');
      }
    }
    class Outer extends Pipeline<Empty> {
      @Step()
      async shallow(): Promise<void> {
        throw (await outcomeOf(new Inner().run({}))).error;
      }
    }
    const { error } = await outcomeOf(new Outer().run({}));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ step: 'shallow', cause: { step: 'deep', cause: { message: 'deepest' } } });
  });
});

describe('an @OnError() method that is named by a symbol', () => {
  it('is a definition problem, not a run that hangs (B.6)', { timeout: 2_000 }, () => {
    const Sample = buildPipeline({ extends: Pipeline as never, steps: [{ name: 'work' }] }) as unknown as {
      new (): Pipeline<Empty>;
      readonly prototype: object;
    };
    addMember(Sample, 'OnError', {}, Symbol('rescue'), () => undefined);
    expect(() => new Sample().run({})).toThrow(
      expect.objectContaining({
        name: 'BlueprintError',
        problems: [expect.objectContaining({ code: 'INVALID_STEP_NAME', where: expect.stringContaining('rescue') })],
      }),
    );
  });
});

describe('an engine that throws', () => {
  class Sample extends Pipeline<Empty> {
    @Step()
    work(): void {}
  }
  const down = (): never => {
    throw new Error('engine down');
  };
  type Fail = (error: unknown) => void;
  const later = (_: unknown, fail: Fail): void => void setTimeout(fail, 1, new Error('engine down'));

  it.each([
    ['step()', { step: down, next: () => undefined }],
    ['next()', { step: () => undefined, next: down }],
    ['next(), later', { step: () => undefined, next: later }],
  ])('from %s ends the run as failed, with its error (promise 2)', { timeout: 2_000 }, async (_, engine) => {
    const options = { [PORTS]: { engine: () => engine } } as object;
    const sample = new Sample();
    const { status, error } = await outcomeOf(sample.run({}, { id: 'one', ...options }));
    expect(status).toBe('failed');
    expect(error?.message).toContain('engine down');
    expect((await sample.run({}, { id: 'one' }).result).status).toBe('success');
  });
});

describe('the id of a run', () => {
  it('is free again in its own run-end listener (E.1, E.7)', async () => {
    class Sample extends Pipeline<Empty> {
      @Step()
      work(): void {}
    }
    const sample = new Sample();
    const run = sample.run({}, { id: 'same' });
    const next = new Promise<string>((resolve, reject) => {
      run.on('run-end', () => {
        try {
          sample.run({}, { id: 'same' }).result.then(({ status }) => resolve(status), reject);
        } catch (error) {
          reject(error);
        }
      });
    });
    expect(await next).toBe('success');
  });
});
