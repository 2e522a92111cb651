import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  BlueprintError,
  MisuseError,
  OnShutdown,
  Pipeline,
  Step,
  Streaming,
  type Ctx,
  type RunContext,
  type RunEvent,
} from 'stepstream';
import { testRun, virtualClock, type TestRun, type TestRunOptions } from 'stepstream/testing';

interface Chat {
  prompt: string;
}

class Chatbot extends Pipeline<Chat> {
  @Step({ to: 'respond' })
  start({ state }: Ctx<this>): string {
    if (state.prompt === '') throw new RangeError('no prompt');
    return state.prompt;
  }
  @Streaming({ retry: 2, to: 'count' })
  async *respond({ input, attempt }: Ctx<this, string>): AsyncGenerator<string> {
    yield `you said ${attempt === 1 && input === 'again' ? '???' : input}`;
    if (attempt === 1 && input === 'again') throw new Error('cut');
    yield '.';
  }
  @Step()
  count({ input }: Ctx<this, string>): number {
    return input.length;
  }
}

describe('testRun', () => {
  it('collects what a run has told', async () => {
    const bot = new Chatbot();
    const { pipeline, result, events, tokens, text, path } = await testRun(bot, { prompt: 'hi' });
    expect(pipeline).toBe(bot);
    expect([result.status, result.outputs.count]).toEqual(['success', 12]);
    expect([tokens, text, path]).toEqual([['you said hi', '.'], 'you said hi.', ['start', 'respond', 'count']]);
    expect(events.map(({ type }) => type)).toEqual([
      'run-start',
      'step-start',
      'step-end',
      'step-start',
      'token',
      'token',
      'step-end',
      'step-start',
      'step-end',
      'run-end',
    ]);
    expectTypeOf(result.outputs.count).toEqualTypeOf<number | undefined>();
    expectTypeOf(tokens).toEqualTypeOf<readonly string[]>();
    expectTypeOf(events).toEqualTypeOf<readonly RunEvent<Chatbot>[]>();
  });

  it('leaves out the tokens that were taken back', async () => {
    const { tokens, text, events } = await testRun(new Chatbot(), { prompt: 'again' });
    expect([tokens, text]).toEqual([['you said again', '.'], 'you said again.']);
    expect(events.filter(({ type }) => type === 'token')).toHaveLength(3);
  });

  it('resolves for runs that fail, time out and are cancelled', async () => {
    const failed = await testRun(new Chatbot(), { prompt: '' });
    expect([failed.result.status, failed.result.error?.cause, failed.path]).toEqual([
      'failed',
      expect.any(RangeError),
      [],
    ]);
    const cancelled = await testRun(new Chatbot(), { prompt: 'hi' }, { signal: AbortSignal.abort() });
    expect([cancelled.result.status, cancelled.path]).toEqual(['cancelled', []]);
    class Asleep extends Pipeline<object> {
      @Step()
      async work({ signal }: Ctx<this>): Promise<void> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
    }
    const clock = virtualClock();
    const running = testRun(new Asleep(), {}, { clock, timeout: 10 });
    await clock.advance(10);
    expect((await running).result.status).toBe('timeout');
  });

  it('rejects for mistakes of the class and of the call', async () => {
    class Empty extends Pipeline<object> {}
    await expect(testRun(new Empty(), {})).rejects.toThrow(BlueprintError);
    await expect(testRun(new Chatbot(), [] as never)).rejects.toThrow(MisuseError);
    const unknown = { timout: 5 } as TestRunOptions;
    await expect(testRun(new Chatbot(), { prompt: 'hi' }, unknown)).rejects.toThrow('there is no option "timout"');
  });

  it('passes the other options of run on', async () => {
    const seen: unknown[] = [];
    class Tenants extends Pipeline<Chat, { tenant: string }> {
      @Step()
      work({ context, runId }: Ctx<this>): void {
        seen.push(context, runId);
      }
      @OnShutdown({ per: 'run' })
      saved({ outcome }: RunContext<Chat, { tenant: string }>): void {
        seen.push(outcome?.status);
      }
    }
    await testRun(new Tenants(), { prompt: '' }, { context: { tenant: 'acme' }, id: 'mine' });
    expect(seen).toEqual([{ tenant: 'acme' }, 'mine', 'success']);
    // @ts-expect-error -- the class demands a context
    await testRun(new Tenants(), { prompt: '' });
  });

  it('runs under a seed: the same order each time, and time that passes by itself', async () => {
    class Wide extends Pipeline<{ lines: string[] }> {
      @Step({ to: ['a', 'b', 'c', 'd'] })
      start(): void {}
      @Step()
      a({ state }: Ctx<this>): void {
        state.lines.push('a');
      }
      @Step()
      b({ state }: Ctx<this>): void {
        state.lines.push('b');
      }
      @Step()
      c({ state }: Ctx<this>): void {
        state.lines.push('c');
      }
      @Step({ retry: { attempts: 2, delay: 3_600_000 } })
      d({ state, attempt }: Ctx<this>): void {
        if (attempt === 1) throw new Error('busy');
        state.lines.push('d');
      }
    }
    const linesOf = async (seed: string) => {
      const { result } = await testRun(new Wide(), { lines: [] }, { seed });
      expect(result.duration).toBe(3_600_000);
      return result.state.lines.join('');
    };
    const seeds = Array.from({ length: 40 }, (_, place) => `seed ${place}`);
    const first = await Promise.all(seeds.map(linesOf));
    expect(await Promise.all(seeds.map(linesOf))).toEqual(first);
    expect([...new Set(first)].sort()).toEqual(['abcd', 'acbd', 'bacd', 'bcad', 'cabd', 'cbad']);
  });

  it('collects any number of runs of one instance at once, each its own', async () => {
    const bot = new Chatbot();
    const prompts = Array.from({ length: 200 }, (_, place) => `prompt ${place}`);
    const runs = await Promise.all(prompts.map((prompt) => testRun(bot, { prompt })));
    expect(runs.map(({ text }) => text)).toEqual(prompts.map((prompt) => `you said ${prompt}.`));
    for (const { events } of runs) expect(new Set(events.map(({ runId }) => runId)).size).toBe(1);
  });

  it('needs no more of a run than its type says', () => {
    expectTypeOf<TestRun<Chatbot>['path']>().toEqualTypeOf<readonly string[]>();
  });
});
