import OpenAI from 'openai';
import { Pipeline, RunFailedError, Streaming, type Ctx } from 'stepstream';
import { streamChat } from 'stepstream/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, serveModels, until, type Models } from './serve-models.js';

/** Asks a model, which is a pipeline behind a socket. */
class Front extends Pipeline<{ model: string }> {
  readonly client: OpenAI;

  constructor(client: OpenAI) {
    super();
    this.client = client;
  }

  @Streaming()
  async *respond(ctx: Ctx<this>) {
    const { model } = ctx.state;
    return yield* streamChat(this.client, { model, messages: [{ role: 'user', content: 'hello' }] }, ctx);
  }
}

describe('a pipeline whose model is a pipeline', () => {
  let models: Models;
  let front: Front;
  beforeAll(async () => {
    models = await serveModels();
    front = new Front(new OpenAI({ baseURL: models.url, apiKey: KEY }));
  });
  afterAll(() => models[Symbol.asyncDispose]());

  it('has its tokens, its finish reason and its usage', async () => {
    const run = front.run({ model: 'echo' });
    const tokens: unknown[] = [];
    for await (const token of run.tokens()) tokens.push(token);
    const { outputs, usage } = await run.result;
    expect(tokens).toEqual(['ada: ', '[user] hello ']);
    expect(outputs.respond).toBe('stop');
    expect(usage).toEqual({ input: 23, output: 11, models: { echo: { input: 23, output: 11 } } });
    expect((await front.run({ model: 'long' }).result).outputs.respond).toBe('length');
  });

  it('reports no usage where that is not known', async () => {
    expect((await front.run({ model: 'talker' }).result).usage).toEqual({ input: 0, output: 0, models: {} });
  });

  it.each(['mute', 'failing', 'retrier', 'asking', 'nobody'])('fails when that has not answered: %s', async (model) => {
    const error: unknown = await front.run({ model }).result.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFailedError);
    expect((error as Error & { cause: { cause: unknown } }).cause.cause).toBeInstanceOf(OpenAI.APIError);
  });

  it('stops it, through both, when its own loop is left', async () => {
    const { endless, ends } = models;
    const [finished, ended] = [endless.finished, ends.length];
    let read = 0;
    for await (const token of front.run({ model: 'endless' }).tokens()) {
      expect(token).toBe('word ');
      if (++read === 5) break;
    }
    await until(() => ends.length > ended);
    expect([ends.at(-1), endless.finished]).toEqual(['cancelled', finished + 1]);
  });
});
