import OpenAI, { APIError } from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pipeline, Step, Streaming, type Ctx, type RunFailedError } from 'stepstream';
import { ModelStreamCutError, streamChat, type ChatClient } from 'stepstream/openai';
import { ANSWER, startModelServer, type ModelServer } from './model-server.js';

class Asker extends Pipeline<{ prompt: string; seen?: string }> {
  private readonly client: ChatClient;

  constructor(baseURL: string) {
    super();
    this.client = new OpenAI({ baseURL, apiKey: 'test', maxRetries: 0 });
  }

  @Streaming({ to: 'after', timeout: { firstToken: 300, idle: 200 } })
  async *ask(ctx: Ctx<this>) {
    const messages = [{ role: 'user' as const, content: ctx.state.prompt }];
    yield* streamChat(this.client, { model: 'gpt-mock', messages }, ctx);
  }

  @Step()
  after({ state, input }: Ctx<this, string>) {
    state.seen = input;
  }
}

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (prompt: string, baseURL = server.baseURL) => new Asker(baseURL).run({ prompt });

/** The error of a run that fails, and what the step threw. */
async function failure(prompt: string, baseURL?: string) {
  const error = await ask(prompt, baseURL).result.then(
    () => expect.unreachable('the run has succeeded'),
    (error: RunFailedError<{ text: string; status: string; ledger: unknown }>) => error,
  );
  const step = error.cause as Error;
  return { error, step, thrown: step.cause, result: error.result };
}

describe('a streaming step that is one streamChat', () => {
  test('has its text as output, which the next step gets', async () => {
    const result = await ask('answer').result;
    expect(result).toMatchObject({
      status: 'success',
      text: ANSWER,
      outputs: { ask: ANSWER },
      state: { seen: ANSWER },
      usage: { input: 11, output: 7, models: { 'gpt-mock': { input: 11, output: 7 } } },
    });
  });

  test('ends its request when the loop over the tokens is left', async () => {
    const run = ask('slowly');
    for await (const token of run.tokens()) {
      expect(token).toBe('Forty');
      break;
    }
    await server.disconnected;
    expect(await run.result).toMatchObject({ status: 'cancelled', ledger: { ask: { status: 'cancelled' } } });
  });

  test('ends its request when the run is cancelled', async () => {
    const run = ask('slowly');
    const tokens: unknown[] = [];
    for await (const token of run.tokens()) {
      tokens.push(token);
      if (tokens.length === 1) void run.cancel();
    }
    await server.disconnected;
    expect((await run.result).status).toBe('cancelled');
    expect(tokens.join('').length).toBeLessThan(ANSWER.length);
  });

  test('fails with the client’s own error as cause when the server says 500', async () => {
    const { step, thrown, result } = await failure('fail');
    expect(step).toMatchObject({ name: 'StepError', code: 'STEP_FAILED', step: 'ask' });
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({ status: 500 });
    expect(result).toMatchObject({
      status: 'failed',
      text: '',
      ledger: { ask: { status: 'failed' }, after: { status: 'not taken' } },
    });
  });

  test('fails when the stream ends without a finish reason, instead of giving half an answer on', async () => {
    const { thrown, result } = await failure('answer', server.cutURL);
    expect(thrown).toBeInstanceOf(ModelStreamCutError);
    expect(result).toMatchObject({ ledger: { ask: { status: 'failed' }, after: { status: 'not taken' } } });
  });

  test.each(['truncate', 'drop'])('fails when the connection breaks (%s)', async (how) => {
    const { thrown } = await failure(how);
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).toMatchObject({ message: 'terminated' });
  });

  test.each([
    ['stall', 'idle'],
    ['never begin', 'firstToken'],
  ])('is ended by its timeout when the server falls silent (%s: %s)', async (how, limit) => {
    const { step } = await failure(how);
    expect(step).toMatchObject({ name: 'StepTimeoutError', code: 'STEP_TIMEOUT', limit });
    await server.disconnected;
  });

  test('is retried as a whole: the consumer is told to forget the half answer first', async () => {
    class Twice extends Pipeline<{ heard: string }> {
      @Streaming({ retry: 2 })
      async *ask(ctx: Ctx<this>) {
        const baseURL = ctx.attempt === 1 ? server.cutURL : server.baseURL;
        const client = new OpenAI({ baseURL, apiKey: 'test', maxRetries: 0 });
        const messages = [{ role: 'user' as const, content: 'answer' }];
        for await (const token of streamChat(client, { model: 'gpt-mock', messages }, ctx)) {
          ctx.state.heard += token;
          yield token;
        }
      }
    }
    const run = new Twice().run({ heard: '' });
    const events: string[] = [];
    const shown: string[] = [];
    run.on('step-retry', ({ error }) => events.push(`retry after ${error.code}`));
    run.on('token-reset', ({ why }) => events.push(`reset: ${why}`));
    const forgotten: string[] = [];
    const onReset = () => void forgotten.push(shown.splice(0).join(''));
    for await (const token of run.tokens('ask', { onReset })) shown.push(token);
    expect(forgotten).toEqual([ANSWER.slice(0, 10)]);
    expect(shown.join('')).toBe(ANSWER);
    expect(events.sort()).toEqual(['reset: retry', 'retry after MODEL_STREAM_CUT']);
    expect(await run.result).toMatchObject({
      text: ANSWER,
      state: { heard: ANSWER },
      outputs: { ask: ANSWER },
      usage: { input: 11, output: 7 },
    });
  });
});
