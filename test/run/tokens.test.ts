import { Pipeline, Step, Streaming, TokensResetError, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';

class Voices extends Pipeline<object> {
  @Step({ to: ['words', 'numbers'] })
  split(): void {}
  @Streaming()
  async *words(): AsyncGenerator<string> {
    yield 'a';
    yield 'b';
  }
  @Streaming()
  async *numbers(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
}

class Flaky extends Pipeline<object> {
  @Step({ to: ['flaky', 'steady'] })
  split(): void {}
  @Streaming({ retry: 2 })
  async *flaky({ attempt }: Ctx<this>): AsyncGenerator<string> {
    yield `f${attempt}`;
    await new Promise(setImmediate);
    if (attempt === 1) throw new Error('cut');
  }
  @Streaming()
  async *steady(): AsyncGenerator<string> {
    yield 's';
  }
}

const all = async <T>(tokens: AsyncIterable<T>): Promise<T[]> => {
  const read: T[] = [];
  for await (const token of tokens) read.push(token);
  return read;
};

describe('run.tokens()', () => {
  it('gives the tokens alone, of every step, each as it was yielded (B.7)', async () => {
    const tokens = await all<string | number>(new Voices().run({}).tokens());
    expect(tokens.filter((token) => typeof token === 'string')).toEqual(['a', 'b']);
    expect(tokens.filter((token) => typeof token === 'number')).toEqual([1, 2]);
    expect(tokens).toHaveLength(4);
  });

  it('of one step gives its tokens only (B.7)', async () => {
    expect(await all(new Voices().run({}).tokens('numbers'))).toEqual([1, 2]);
  });

  it('without onReset ends with TokensResetError at a reset after the first token, and cancels (D.4)', async () => {
    const run = new Flaky().run({});
    const read: string[] = [];
    await expect(async () => {
      for await (const token of run.tokens()) read.push(token);
    }).rejects.toBeInstanceOf(TokensResetError);
    expect(read).toContain('f1');
    expect(read).not.toContain('f2');
    const { status } = await outcomeOf(run);
    expect(status).toBe('cancelled');
  });

  it('the error names the step and the remedy (D.4)', async () => {
    await expect(all(new Flaky().run({}).tokens())).rejects.toThrow(/"flaky".*onReset/s);
  });

  it('with onReset calls it with the event and goes on (D.4)', async () => {
    const run = new Flaky().run({});
    const read: string[] = [];
    const resets: unknown[] = [];
    for await (const token of run.tokens({
      onReset: ({ step, why, from, to }) => {
        resets.push([step, why, to - from]);
        read.splice(read.indexOf('f1'), 1);
      },
    }))
      read.push(token);
    expect(resets).toEqual([['flaky', 'retry', 0]]);
    expect(read.sort()).toEqual(['f2', 's']);
    expect((await run.result).status).toBe('success');
  });

  it('of a step is not disturbed by the reset of another (D.4)', async () => {
    const run = new Flaky().run({});
    expect(await all(run.tokens('steady'))).toEqual(['s']);
    expect((await run.result).text).toMatch(/^(sf2|f2s)$/);
  });

  it('of a step calls onReset for that step (D.4)', async () => {
    const resets: string[] = [];
    const tokens = await all(new Flaky().run({}).tokens('flaky', { onReset: ({ step }) => resets.push(step) }));
    expect(tokens).toEqual(['f1', 'f2']);
    expect(resets).toEqual(['flaky']);
  });

  it('whose onReset throws ends with that error, which counts as leaving (D.4)', async () => {
    const run = new Flaky().run({});
    const mine = new Error('mine');
    const tokens = run.tokens({
      onReset: () => {
        throw mine;
      },
    });
    await expect(all(tokens)).rejects.toBe(mine);
    expect((await outcomeOf(run)).status).toBe('cancelled');
  });

  it('throws the run’s failure after the last token (E.5)', async () => {
    class Cut extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        yield 'half';
        throw new Error('cut');
      }
    }
    const run = new Cut().run({});
    const read: string[] = [];
    await expect(async () => {
      for await (const token of run.tokens()) read.push(token);
    }).rejects.toThrow(/cut/);
    expect(read).toEqual(['half']);
  });

  it('result.text and result.texts hold what still counts, in the order of seq (B.7)', async () => {
    class Said extends Pipeline<object> {
      @Streaming({ to: 'second' })
      async *first(): AsyncGenerator<string | number> {
        yield 'one ';
        yield 1;
        yield 'two ';
      }
      @Streaming()
      async *second(): AsyncGenerator<string> {
        yield 'three';
      }
    }
    const { text, texts } = await new Said().run({}).result;
    expect({ text, texts }).toEqual({ text: 'one two three', texts: { first: 'one two ', second: 'three' } });
  });

  it('are deeply frozen, so that no consumer changes another’s (B.1, B.7)', async () => {
    class Parts extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<{ part: { text: string } }> {
        const part = { text: 'mine' };
        yield { part };
        part.text = 'changed';
        yield { part };
      }
    }
    const tokens = await all(new Parts().run({}).tokens());
    expect(tokens).toEqual([{ part: { text: 'mine' } }, { part: { text: 'changed' } }]);
    expect(() => (tokens[0].part.text = 'yours')).toThrow(TypeError);
  });
});
