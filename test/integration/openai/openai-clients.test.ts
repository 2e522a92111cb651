import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients } from './openai-clients.js';
import { KEY, serveModels, until, type Models } from './serve-models.js';

const HELLO = [{ role: 'user' as const, content: 'hello' }];

describe.each(clients.filter(({ skip }) => skip))('$name', () => {
  it.skip('runs on newer versions of Node', () => undefined);
});

describe.each(clients.filter(({ skip }) => !skip))('$name against pipelines', ({ load }) => {
  let OpenAIClient: typeof OpenAI;
  let models: Models;
  let client: OpenAI;
  beforeAll(async () => {
    OpenAIClient = await load();
    models = await serveModels();
    client = new OpenAIClient({ baseURL: models.url, apiKey: KEY, maxRetries: 2 });
  });
  afterAll(() => models[Symbol.asyncDispose]());

  const failOf = async (promise: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
    const error: unknown = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(OpenAIClient.APIError);
    expect(JSON.stringify([error, String(error), (error as Error).message])).not.toContain('SECRET');
    return error as InstanceType<typeof OpenAI.APIError>;
  };

  it('lists the models, and retrieves one by its name', async () => {
    const ids: string[] = [];
    for await (const { id, object } of client.models.list()) ids.push(`${object} ${id}`);
    expect(ids).toHaveLength(13);
    expect(ids.slice(0, 2)).toEqual(['model talker', 'model echo']);
    expect(await client.models.retrieve('talker')).toEqual({
      id: 'talker',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'us',
    });
    expect((await client.models.retrieve('team/broken state')).id).toBe('team/broken state');
  });

  it('streams an answer: a role, its tokens, why it has ended', async () => {
    const stream = await client.chat.completions.create({ model: 'talker', messages: HELLO, stream: true });
    const parts: OpenAI.ChatCompletionChunk[] = [];
    for await (const part of stream) parts.push(part);
    expect(parts.map(({ choices }) => [choices[0].delta, choices[0].finish_reason])).toEqual([
      [{ role: 'assistant', content: '', refusal: null }, null],
      [{ content: 'Hello ' }, null],
      [{ content: 'Ada\n' }, null],
      [{ content: '€ 5' }, null],
      [{}, 'stop'],
    ]);
    const now = Date.now() / 1000;
    for (const { id, created, usage, ...rest } of parts) {
      expect(id).toMatch(/^chatcmpl-[\w-]{36}$/);
      expect(id).toBe(parts[0].id);
      expect(created).toBe(parts[0].created);
      expect(Math.abs(created - now)).toBeLessThan(60);
      expect(usage).toBeUndefined();
      expect(rest).toMatchObject({ object: 'chat.completion.chunk', model: 'talker' });
    }
  });

  it('streams the usage behind the answer, summed over the steps', async () => {
    const stream = await client.chat.completions.create({
      model: 'echo',
      messages: [{ role: 'developer', content: 'Be brief.' }, ...HELLO],
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const usages: unknown[] = [];
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? '';
      usages.push(choices.length === 0 ? usage : [usage]);
    }
    expect(text).toBe('ada: [system] Be brief. [user] hello at 0.5');
    const usage = { prompt_tokens: 23, completion_tokens: 11, total_tokens: 34 };
    expect(usages).toEqual([...usages.slice(0, -1).map(() => [null]), usage]);
    expect(usages).toHaveLength(7);
  });

  it('says that the usage is not known where no step reports any', async () => {
    const stream_options = { include_usage: true };
    const body = { model: 'talker', messages: HELLO };
    const parts: OpenAI.ChatCompletionChunk[] = [];
    for await (const part of await client.chat.completions.create({ ...body, stream: true, stream_options }))
      parts.push(part);
    expect(parts.at(-1)).toMatchObject({ choices: [], usage: null });
    expect(await client.chat.completions.create(body)).not.toHaveProperty('usage');
  });

  it('answers plainly, with the usage', async () => {
    const completion = await client.chat.completions.create({ model: 'echo', messages: HELLO });
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'ada: [user] hello ', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 23, completion_tokens: 11, total_tokens: 34 },
    });
    expect(completion.id).toBe(`chatcmpl-${completion._request_id}`);
  });

  it('answers with what counts at last where a step was tried again', async () => {
    const answer = async (name: string) =>
      (await client.chat.completions.create({ model: name, messages: HELLO })).choices[0].message.content;
    expect(await answer('retrier')).toBe('Life is complex.');
    expect(await answer('outer')).toBe('right end');
    expect((await answer('items'))!.split(' ').sort()).toEqual(['', 'a!', 'a2', 'b!', 'b1']);
  });

  it('is fed by its own helper, with text, content events and the final completion', async () => {
    const runner = client.chat.completions.stream({
      model: 'echo',
      messages: HELLO,
      stream_options: { include_usage: true },
    });
    let text = '';
    runner.on('content', (delta) => (text += delta));
    const completion = await runner.finalChatCompletion();
    expect(text).toBe('ada: [user] hello ');
    expect(await runner.finalContent()).toBe(text);
    expect(completion.choices[0].finish_reason).toBe('stop');
    expect(await runner.totalUsage()).toMatchObject({ prompt_tokens: 23, completion_tokens: 11, total_tokens: 34 });
  });

  it('is told why the model of a step has stopped', async () => {
    const completion = await client.chat.completions.create({ model: 'long', messages: HELLO });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'Once upon a' } });
  });

  it('stops the generator when it leaves a stream', async () => {
    const { endless, ends } = models;
    const [finished, ended] = [endless.finished, ends.length];
    const stream = await client.chat.completions.create({ model: 'endless', messages: HELLO, stream: true });
    let read = 0;
    for await (const part of stream) if (part.choices[0].delta.content && ++read === 3) break;
    await until(() => ends.length > ended);
    expect([ends.at(-1), endless.finished]).toEqual(['cancelled', finished + 1]);
    const { made } = endless;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(endless.made).toBe(made);
  });

  it.each([true, false])('stops the run when it is aborted, with stream: %s', async (stream) => {
    const { endless, ends } = models;
    const [finished, ended, made] = [endless.finished, ends.length, endless.made];
    const abort = new AbortController();
    const reading = (async () => {
      const body = { model: 'endless', messages: HELLO, stream };
      const answer = await client.chat.completions.create(body, { signal: abort.signal });
      if (Symbol.asyncIterator in answer) for await (const part of answer) expect(part.object).toContain('chunk');
    })();
    await until(() => endless.made > made + 5);
    abort.abort();
    await (stream ? reading : expect(reading).rejects.toBeInstanceOf(OpenAIClient.APIUserAbortError));
    await until(() => ends.length > ended);
    expect([ends.at(-1), endless.finished]).toEqual(['cancelled', finished + 1]);
  });

  it('is told of a model that there is not', async () => {
    const known = { status: 404, code: 'model_not_found', type: 'invalid_request_error', param: null };
    for (const id of ['gpt-4', '__proto__', 'constructor', 'toString']) {
      const asked = await failOf(client.chat.completions.create({ model: id, messages: HELLO }));
      expect(asked).toBeInstanceOf(OpenAIClient.NotFoundError);
      expect(asked).toMatchObject(known);
      expect(await failOf(client.models.retrieve(id))).toMatchObject(known);
    }
  });

  it('is refused with a wrong key', async () => {
    const stranger = new OpenAIClient({ baseURL: models.url, apiKey: 'sk-SECRET-WRONG' });
    for (const asked of [
      stranger.models.list(),
      stranger.models.retrieve('talker'),
      stranger.chat.completions.create({ model: 'talker', messages: HELLO, stream: true }),
    ]) {
      const error = await failOf(asked);
      expect(error).toBeInstanceOf(OpenAIClient.AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    }
  });

  it.each([true, false])(
    'gets a status for a failure before the first token, and asks once: stream %s',
    async (stream) => {
      const { attempts } = models.mute;
      const error = await failOf(client.chat.completions.create({ model: 'mute', messages: HELLO, stream }));
      expect(error).toBeInstanceOf(OpenAIClient.InternalServerError);
      expect(error).toMatchObject({ status: 500, type: 'server_error', code: null, param: null });
      expect(error.requestID).toMatch(/^[\w-]{36}$/);
      expect(models.mute.attempts).toBe(attempts + 1);
    },
  );

  const readText = async (name: string): Promise<{ text: string; error: InstanceType<typeof OpenAI.APIError> }> => {
    let text = '';
    const stream = await client.chat.completions.create({ model: name, messages: HELLO, stream: true });
    const error = await failOf(
      (async () => {
        for await (const { choices } of stream) text += choices[0].delta.content ?? '';
      })(),
    );
    return { text, error };
  };

  it('is told of a failure in the middle of a stream', async () => {
    const { text, error } = await readText('failing');
    expect(text).toBe('Hel');
    expect(error).toMatchObject({ status: undefined, type: 'server_error', code: null });
    expect(error.message).toBe('The server had an error while processing your request. Sorry about that!');
  });

  it('is told that what it has read is taken back, unless the text is held', async () => {
    const { text, error } = await readText('retrier');
    expect(text).toBe('Forty-');
    expect(error).toMatchObject({ type: 'server_error', code: 'answer_taken_back' });
    const runner = client.chat.completions.stream({ model: 'held', messages: HELLO });
    expect(await runner.finalContent()).toBe('Life is complex.');
  });

  it('is told that a run which asks back has not answered', async () => {
    const { text, error } = await readText('asking');
    expect(text).toBe('Well, ');
    expect(error).toMatchObject({ type: 'server_error', code: 'run_suspended' });
    const plain = await failOf(client.chat.completions.create({ model: 'asking', messages: HELLO }));
    expect(plain).toMatchObject({ status: 500, code: 'run_suspended' });
  });

  it('learns nothing of an error in the function that makes the state, but the server does', async () => {
    const before = models.told.length;
    const error = await failOf(client.chat.completions.create({ model: 'team/broken state', messages: HELLO }));
    expect(error).toMatchObject({ status: 500, type: 'server_error', code: null });
    expect(models.told.slice(before)).toEqual([new Error('SECRET-STATE')]);
  });

  it.each<[string, object, object]>([
    ['several answers', { n: 2 }, { param: 'n', code: 'unsupported_value' }],
    [
      'tools',
      { tools: [{ type: 'function', function: { name: 'f' } }] },
      { param: 'tools', code: 'unsupported_parameter' },
    ],
    ['no message', { messages: [] }, { param: 'messages', code: 'empty_array' }],
    ['a temperature that is none', { temperature: 'hot' }, { param: 'temperature', code: 'invalid_type' }],
    ['too hot', { temperature: 3 }, { param: 'temperature', code: 'decimal_above_max_value' }],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      { param: 'messages[0].content[0].type', code: 'invalid_value' },
    ],
  ])('is refused when it asks for %s', async (_, wrong, told) => {
    const error = await failOf(client.chat.completions.create({ model: 'talker', messages: HELLO, ...wrong }));
    expect(error).toBeInstanceOf(OpenAIClient.BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', ...told });
  });
});
