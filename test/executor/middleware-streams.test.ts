import {
  ForEach,
  OnError,
  Pipeline,
  Step,
  stop,
  Streaming,
  type Ctx,
  type Each,
  type Failure,
  type Middleware,
  type PipelineOptions,
} from 'stepstream';
import { testRun } from 'stepstream/testing';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

type Tokens = AsyncGenerator<string, unknown, undefined>;

/** Writes each token in capitals, and passes on what the stream returns. */
const capitals: Middleware = async function* (_, next) {
  const tokens = next() as Tokens;
  for await (const token of tokens) yield token.toUpperCase();
};

/** Three tokens, and no output but their text. */
abstract class Talking extends Pipeline<{ left: string[] }> {
  async *say({ state }: Ctx<this>): AsyncGenerator<string> {
    try {
      yield 'a';
      await sleep(1);
      yield 'b';
      yield 'c';
    } finally {
      state.left.push('talk');
    }
  }
}

/** A stream inside middleware, and a step behind it. */
function surrounded(...middleware: Middleware[]) {
  class Surrounded extends Talking {
    @Streaming({ to: 'after', middleware })
    async *talk(context: Ctx<this>): AsyncGenerator<string> {
      yield* this.say(context);
    }
    @Step()
    after({ input }: Ctx<this, string>): string {
      return `<${input}>`;
    }
  }
  return new Surrounded();
}

describe('middleware around a stream', () => {
  it.each<[string, Middleware, string[]]>([
    ['passes it on', (_, next) => next(), ['a', 'b', 'c']],
    ['awaits and passes it on', async (_, next) => next(), ['a', 'b', 'c']],
    ['returns nothing', (_, next) => void next(), ['a', 'b', 'c']],
    ['awaits it and returns nothing', async (_, next) => void (await next()), ['a', 'b', 'c']],
    ['changes tokens', capitals, ['A', 'B', 'C']],
    [
      'drops tokens',
      async function* (_, next) {
        for await (const token of next() as Tokens) if (token !== 'b') yield token;
      },
      ['a', 'c'],
    ],
    [
      'adds tokens',
      async function* (_, next) {
        yield '(';
        yield* next() as Tokens;
        yield ')';
      },
      ['(', 'a', 'b', 'c', ')'],
    ],
    [
      'ends it early',
      async function* (_, next) {
        for await (const token of next() as Tokens) {
          yield token;
          if (token === 'b') break;
        }
      },
      ['a', 'b'],
    ],
    [
      'is plain and promises another stream',
      async (_, next) => {
        await sleep(1);
        const tokens = (await next()) as Tokens;
        return (async function* () {
          for await (const token of tokens) yield token + token;
        })();
      },
      ['aa', 'bb', 'cc'],
    ],
    [
      'sends a stream of its own',
      async function* () {
        yield 'x';
      },
      ['x'],
    ],
  ])('that %s: the tokens, the text and the output are what comes out of it', async (_, middleware, tokens) => {
    const { result, events } = await testRun(surrounded(middleware), { left: [] });
    const text = tokens.join('');
    expect(result).toMatchObject({ status: 'success', text, outputs: { talk: text, after: `<${text}>` } });
    const told = events.filter(({ type }) => type === 'token');
    expect(told).toMatchObject(tokens.map((value) => ({ step: 'talk', attempt: 1, value })));
    expect(result.state.left).toEqual(tokens[0] === 'x' ? [] : ['talk']);
  });

  it('may stand one inside the other, plain and streaming mixed', async () => {
    const around = (name: string): Middleware =>
      async function* (_, next) {
        for await (const token of next() as Tokens) yield `${name}${token}`;
      };
    const { result } = await testRun(
      surrounded(
        around('1'),
        (_, next) => next(),
        async (_, next) => next(),
        around('2'),
      ),
      { left: [] },
    );
    expect(result.text).toBe('12a12b12c');
  });

  it('may be plain around every step of the class, and streams stay streams', async () => {
    const took: string[] = [];
    class Timed extends Talking {
      static readonly pipeline = {
        middleware: async ({ step }, next) => {
          const given = await next();
          took.push(step);
          return given;
        },
      } satisfies PipelineOptions<{ left: string[] }>;
      @Streaming({ to: 'after' })
      async *talk(context: Ctx<this>): AsyncGenerator<string> {
        yield* this.say(context);
      }
      @Step()
      after(): void {}
    }
    const { result } = await testRun(new Timed(), { left: [] });
    expect(result.text).toBe('abc');
    expect(took).toEqual(['talk', 'after']);
  });

  it('replaces it by an output without tokens', async () => {
    const { result, events } = await testRun(
      surrounded(async () => 'cached'),
      { left: [] },
    );
    expect(result).toMatchObject({ status: 'success', text: '', outputs: { talk: 'cached', after: '<cached>' } });
    expect(events.filter(({ type }) => type === 'token')).toEqual([]);
  });

  it('may read it to its end and return its text, without any token', async () => {
    const { result } = await testRun(
      surrounded(async (_, next) => {
        let text = '';
        for await (const token of next() as Tokens) text += token;
        return text.toUpperCase();
      }),
      { left: [] },
    );
    expect(result).toMatchObject({ text: '', outputs: { talk: 'ABC' }, state: { left: ['talk'] } });
  });

  it('that throws in the middle is the failure of the attempt: what was said is in the result', async () => {
    const { result } = await testRun(
      surrounded(async function* (_, next) {
        for await (const token of next() as Tokens) {
          if (token === 'c') throw new RangeError('no c');
          yield token;
        }
      }),
      { left: [] },
    );
    expect(result).toMatchObject({ status: 'failed', text: 'ab', state: { left: [] } });
    expect(result.error!.cause).toEqual(new RangeError('no c'));
  });

  it('sees its failure, and may go on streaming', async () => {
    const fallback: Middleware = async function* (_, next) {
      try {
        yield* next() as Tokens;
      } catch (error) {
        yield `[${(error as Error).message}]`;
      }
    };
    class Sample extends Pipeline<object> {
      @Streaming({ middleware: fallback })
      async *talk(): AsyncGenerator<string> {
        yield 'a';
        throw new Error('cut');
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result).toMatchObject({ status: 'success', text: 'a[cut]', outputs: { talk: 'a[cut]' } });
  });
});

describe('what a stream returns', () => {
  const through: [string, Middleware | Middleware[]][] = [
    ['for await', capitals],
    [
      'yield*',
      async function* (_, next) {
        return yield* next() as Tokens;
      },
    ],
    ['a plain function', (_, next) => next()],
    ['an async function', async (_, next) => next()],
    ['all sorts of them', [capitals, async (_, next) => next(), capitals, (_, next) => void next(), capitals]],
  ];

  it.each(through)('is its output through a middleware with %s', async (_, middleware) => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: capitals };
      @Streaming({ middleware })
      async *talk(): AsyncGenerator<string, { readonly n: number }> {
        yield 'a';
        return { n: 1 };
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result).toMatchObject({ status: 'success', text: 'A', outputs: { talk: { n: 1 } } });
  });

  it.each(through)('may be a directive, which is honoured, through a middleware with %s', async (_, middleware) => {
    class Sample extends Pipeline<object> {
      @Streaming({ to: 'after', middleware })
      async *talk() {
        yield 'a';
        return stop();
      }
      @Step()
      after(): void {}
    }
    const { result } = await testRun(new Sample(), {});
    expect(result.ledger).toMatchObject({ talk: { status: 'done' }, after: { status: 'not taken', why: 'stopped' } });
  });

  it('is what the middleware returns, if that returns something', async () => {
    const counted: Middleware = async function* (_, next) {
      let count = 0;
      for await (const token of next() as Tokens) {
        count++;
        yield token;
      }
      return count;
    };
    const { result } = await testRun(surrounded(counted), { left: [] });
    expect(result).toMatchObject({ text: 'abc', outputs: { talk: 3, after: '<3>' } });
  });
});

describe('a stream inside middleware', () => {
  it('is taken back by a retry, and surrounded anew', async () => {
    const attempts: number[] = [];
    class Sample extends Pipeline<object> {
      @Streaming({
        retry: 2,
        middleware: async function* ({ attempt }, next) {
          attempts.push(attempt);
          yield `${attempt}:`;
          yield* next() as Tokens;
        },
      })
      async *talk({ attempt }: Ctx<this>): AsyncGenerator<string> {
        yield 'a';
        if (attempt === 1) throw new Error('again');
        yield 'b';
      }
    }
    const { result, events } = await testRun(new Sample(), {});
    expect(result.text).toBe('2:ab');
    expect(attempts).toEqual([1, 2]);
    const [reset] = events.filter((event) => event.type === 'token-reset');
    const values = events.flatMap((event) => (event.type === 'token' ? [[event.seq, event.value]] : []));
    expect(values.filter(([seq]) => (seq as number) >= reset.from && (seq as number) <= reset.to)).toEqual([
      [reset.from, '1:'],
      [reset.to, 'a'],
    ]);
  });

  it('is taken back by a handler, which no middleware surrounds', async () => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: capitals };
      @Streaming({ onError: 'fallback' })
      async *talk(): AsyncGenerator<string> {
        yield 'a';
        throw new Error('cut');
      }
      @OnError()
      async *fallback(_: Failure<this>): AsyncGenerator<string> {
        yield 'fallback';
      }
    }
    const { result } = await testRun(new Sample(), {});
    expect(result).toMatchObject({ text: 'fallback', ledger: { talk: { status: 'recovered' } } });
  });

  it('is surrounded item by item in an each, and its tokens keep their index', async () => {
    class Sample extends Pipeline<object> {
      @Step({ to: 'each' })
      list(): string[] {
        return ['x', 'y'];
      }
      @ForEach({ middleware: capitals })
      async *each({ item }: Each<this, string>): AsyncGenerator<string> {
        yield item;
      }
    }
    const { result, events } = await testRun(new Sample(), {});
    expect(result.outputs).toMatchObject({ each: ['X', 'Y'] });
    expect(events.filter(({ type }) => type === 'token')).toMatchObject([
      { index: 0, value: 'X' },
      { index: 1, value: 'Y' },
    ]);
  });

  it('holds its producer back as without: a slow reader is never more than the lead behind', async () => {
    let made = 0;
    class Endless extends Pipeline<object> {
      static readonly pipeline = { middleware: [capitals, (_, next) => next()] } satisfies PipelineOptions<object>;
      @Streaming()
      async *talk(): AsyncGenerator<string> {
        for (;;) {
          made++;
          yield 'x';
        }
      }
    }
    let read = 0;
    for await (const token of new Endless().run({}).tokens()) {
      expect(token).toBe('X');
      await sleep(0);
      expect(made - ++read).toBeLessThanOrEqual(65);
      if (read === 100) break;
    }
  });

  it('must not be made around a step that does not stream', async () => {
    let left = '';
    class Sample extends Pipeline<object> {
      @Step({
        middleware: (_, next) => {
          const given = next();
          return (async function* () {
            yield await given;
          })();
        },
      })
      async only({ signal }: Ctx<this>): Promise<string> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        left = (signal.reason as Error).message;
        return 'x';
      }
    }
    const { error, ledger } = await outcomeOf(new Sample().run({}));
    expect(error).toMatchObject({ code: 'GENERATOR_UNDER_STEP' });
    expect(ledger.only.status).toBe('failed');
    expect(left).toBe('the middleware around it has ended');
  });

  it('is still demanded of the body of a streaming step', async () => {
    class Sample extends Pipeline<object> {
      @Streaming({ middleware: (_, next) => next() })
      async *talk(): AsyncGenerator<string> {}
    }
    for (const given of ['x', Promise.resolve('x')]) {
      const sample = new Sample();
      Object.assign(sample, { talk: () => given });
      const { error } = await outcomeOf(sample.run({}));
      expect(error).toMatchObject({ code: 'NOT_A_GENERATOR' });
    }
  });

  it('may be written by hand, without return() and throw()', async () => {
    class Sample extends Pipeline<object> {
      static readonly pipeline = { middleware: [capitals, (_, next) => next()] } satisfies PipelineOptions<object>;
      @Streaming()
      async *talk(): AsyncGenerator<string> {}
    }
    const byHand = () => {
      let n = 0;
      const stream = {
        [Symbol.asyncIterator]: () => stream,
        next: async () => (n < 3 ? { done: false, value: `x${n++}` } : { done: true, value: undefined }),
      };
      return stream as unknown as AsyncGenerator<string>;
    };
    const sample = new Sample();
    Object.assign(sample, { talk: byHand });
    const { result } = await testRun(sample, {});
    expect(result.text).toBe('X0X1X2');
    const run = sample.run({});
    for await (const token of run.tokens()) {
      expect(token).toBe('X0');
      break;
    }
    expect((await run.result).status).toBe('cancelled');
  });
});
