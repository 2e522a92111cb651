import { OnError, Pipeline, Step, StepError, stop, Streaming, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';

describe('a body that throws', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'plain words'],
    ['a number', 42],
    ['a symbol', Symbol('odd')],
    ['a plain object', { message: 'looks like an error' }],
    ['a frozen error', Object.freeze(new Error('frozen'))],
  ])('%s fails its step with that as the cause, at once and later (D.5)', async (_, thrown) => {
    class Throwing extends Pipeline<{ later: boolean }> {
      @Step()
      work({ state }: Ctx<this>): Promise<void> | undefined {
        if (state.later) return Promise.reject(thrown);
        throw thrown;
      }
    }
    for (const later of [false, true]) {
      const { status, error, ledger } = await outcomeOf(new Throwing().run({ later }));
      expect(status).toBe('failed');
      expect(error).toBeInstanceOf(StepError);
      expect(error?.cause).toBe(thrown);
      expect(ledger.work.status).toBe('failed');
    }
  });

  it('undefined in a handler keeps the first error findable (D.2)', async () => {
    const first = new Error('first');
    class Throwing extends Pipeline<object> {
      @Step()
      work(): void {
        throw first;
      }
      @OnError()
      onFail(): void {
        throw undefined;
      }
    }
    const { error } = await outcomeOf(new Throwing().run({}));
    expect(error).toMatchObject({ code: 'HANDLER_FAILED' });
    expect((error?.cause as AggregateError).errors).toEqual([first, undefined]);
  });
});

describe('a body that returns', () => {
  it('a thenable that never settles is bounded by the grace once it is cancelled (F.2)', async () => {
    const began = gate();
    class Never extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 10 };
      @Step()
      work(): PromiseLike<string> {
        began.open();
        return { then: () => new Promise<never>(() => undefined) };
      }
    }
    const run = new Never().run({});
    await began.promise;
    await run.cancel();
    expect(await run.result).toMatchObject({ status: 'cancelled', abandoned: ['work'] });
  });

  it('a thenable that answers twice counts once (F.3)', async () => {
    class Twice extends Pipeline<object> {
      @Step()
      work(): PromiseLike<string> {
        const thenable = {
          then(resolve: (value: string) => unknown, reject: (error: unknown) => unknown): void {
            resolve('first');
            resolve('second');
            reject(new Error('third'));
          },
        };
        return thenable as unknown as PromiseLike<string>;
      }
    }
    const { status, outputs, errors } = await new Twice().run({}).result;
    expect({ status, outputs, errors }).toEqual({ status: 'success', outputs: { work: 'first' }, errors: [] });
  });

  it.each([
    [
      'a getter that throws',
      () =>
        Object.defineProperty({}, 'x', {
          enumerable: true,
          get: () => {
            throw new Error('getter');
          },
        }),
      /getter/,
    ],
    ['a Date', () => new Date(0), /output is a Date/],
    ['a Map deep inside', () => ({ hits: [{ by: new Map() }] }), /output\.hits\[0\]\.by/],
    ['a function', () => () => 1, /output/],
    ['a bigint', () => ({ n: 1n }), /output\.n/],
    ['NaN', () => [Number.NaN], /output\[0\]/],
    ['an undefined element', () => [1, undefined], /output\[1\]/],
    ['a class instance', () => new (class Hit {})(), /output/],
    [
      'a cycle',
      () => {
        const a: Record<string, unknown> = {};
        a.self = a;
        return a;
      },
      /output\.self/,
    ],
  ])('%s fails its step by path and commits nothing (A.6, B.1)', async (_, make, message) => {
    class Returning extends Pipeline<{ seen: string[] }> {
      @Step({ to: 'after' })
      work({ state }: Ctx<this>): unknown {
        state.seen.push('work');
        return make();
      }
      @Step()
      after(): void {}
    }
    const { status, state, outputs, error } = await outcomeOf(new Returning().run({ seen: [] }));
    expect(status).toBe('failed');
    expect(state.seen).toEqual([]);
    expect(outputs).toEqual({});
    expect(error?.message).toMatch(message);
  });

  it('the JSON of a directive returns plain data: a model can’t steer (B.4)', async () => {
    const forged = JSON.parse(JSON.stringify(stop())) as unknown;
    class Forged extends Pipeline<object> {
      @Step({ to: 'after' })
      work(): unknown {
        return forged;
      }
      @Step()
      after({ input }: Ctx<this>): unknown {
        return input;
      }
    }
    const { ledger, outputs } = await new Forged().run({}).result;
    expect(ledger.after.status).toBe('done');
    expect(outputs.after).toEqual(forged);
    expect(forged).toBeTypeOf('object');
  });

  it('a directive inside data fails its step: only what is itself returned steers (B.4)', async () => {
    class Nested extends Pipeline<object> {
      @Step({ to: 'after' })
      work(): unknown {
        return { next: stop() };
      }
      @Step()
      after(): void {}
    }
    const { status, ledger, error } = await outcomeOf(new Nested().run({}));
    expect(status).toBe('failed');
    expect(ledger.after.status).toBe('not taken');
    expect(error?.message).toContain('output.next is a directive');
  });
});

describe('a generator that yields', () => {
  it('a directive fails its step with an error that says return, and its finally runs (B.4)', async () => {
    const seen: string[] = [];
    class Yielding extends Pipeline<object> {
      @Streaming({ to: 'after' })
      async *speak(): AsyncGenerator<unknown> {
        try {
          yield 'fine';
          yield stop();
          seen.push('went on');
        } finally {
          seen.push('finally');
        }
      }
      @Step()
      after(): void {}
    }
    const { status, error, ledger } = await outcomeOf(new Yielding().run({}));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'DIRECTIVE_YIELDED', message: expect.stringContaining('return stop(') });
    expect(seen).toEqual(['finally']);
    expect(ledger.after.why).toBe('ended');
  });

  it('what is no plain data fails its step by name (B.7, A.6)', async () => {
    class Yielding extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<unknown> {
        yield { at: new Date(0) };
      }
    }
    const { error } = await outcomeOf(new Yielding().run({}));
    expect(error?.message).toMatch(/speak.*\.at/);
  });

  it('nothing at all ends with an empty text as its output (B.2)', async () => {
    class Silent extends Pipeline<object> {
      @Streaming({ to: 'after' })
      async *speak(): AsyncGenerator<string> {}
      @Step()
      after({ input }: Ctx<this, string>): string {
        return `<${input}>`;
      }
    }
    const { outputs, text } = await new Silent().run({}).result;
    expect(outputs).toEqual({ speak: '', after: '<>' });
    expect(text).toBe('');
  });

  it('strings has its text as output, its return value if it has one, nothing if it yielded other things (B.2)', async () => {
    class Speaking extends Pipeline<object> {
      @Streaming({ to: ['returning', 'mixed'] })
      async *text(): AsyncGenerator<string> {
        yield 'a';
        yield 'b';
      }
      @Streaming()
      async *returning(): AsyncGenerator<string, number> {
        yield 'c';
        return 3;
      }
      @Streaming()
      async *mixed(): AsyncGenerator<string | number> {
        yield 'd';
        yield 4;
      }
    }
    const { outputs, texts } = await new Speaking().run({}).result;
    expect(outputs).toEqual({ text: 'ab', returning: 3 });
    expect(texts).toEqual({ text: 'ab', returning: 'c', mixed: 'd' });
  });

  it('and goes on yielding in its finally is ended all the same (F.1)', async () => {
    const seen: string[] = [];
    class Clinging extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 50 };
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        try {
          yield 'one';
          yield 'two';
        } finally {
          seen.push('finally');
          yield 'three';
          seen.push('never');
        }
      }
    }
    const run = new Clinging().run({});
    const tokens: string[] = [];
    for await (const token of run.tokens()) {
      tokens.push(token);
      break;
    }
    const { status, text } = await run.result;
    expect(status).toBe('cancelled');
    expect(tokens).toEqual(['one']);
    expect(text).not.toContain('three');
    expect(seen).toEqual(['finally']);
  });
});

describe('a body that', () => {
  it('keeps its context and speaks after its end is not heard (F.3)', async () => {
    const later = gate();
    class Gossip extends Pipeline<{ seen: string[] }> {
      @Step({ to: 'after' })
      work({ state, emit }: Ctx<this>): void {
        void later.promise.then(() => {
          state.seen.push('gossip');
          emit('gossip');
        });
      }
      @Step()
      async after({ state }: Ctx<this>): Promise<void> {
        later.open();
        await later.promise;
        await new Promise(setImmediate);
        state.seen.push('after');
      }
    }
    const run = new Gossip().run({ seen: [] });
    const custom: string[] = [];
    run.on('custom', ({ name }) => custom.push(name));
    expect((await run.result).state.seen).toEqual(['after']);
    expect(custom).toEqual([]);
  });

  it('starts another run of its own instance and awaits it gets its result (promise 9)', async () => {
    class Nested extends Pipeline<{ depth: number }> {
      @Step()
      async work({ state }: Ctx<this>): Promise<number> {
        if (state.depth === 0) return 1;
        const child = (this as Nested).run({ depth: state.depth - 1 });
        return ((await child.result).outputs.work ?? 0) + 1;
      }
    }
    expect((await new Nested().run({ depth: 5 }).result).outputs.work).toBe(6);
  });

  it('reports usage that is no number fails its step; what was reported before still counts (usage)', async () => {
    class Billing extends Pipeline<object> {
      @Step()
      work({ usage }: Ctx<this>): void {
        usage({ input: 1, output: 2 });
        usage({ input: Number.NaN, output: 0 });
      }
    }
    const { status, usage, error } = await outcomeOf(new Billing().run({}));
    expect(status).toBe('failed');
    expect(usage).toEqual({ input: 1, output: 2, models: {} });
    expect(error?.message).toContain('usage()');
  });
});
