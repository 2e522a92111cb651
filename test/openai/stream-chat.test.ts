import OpenAI, { APIError } from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelStreamCutError, streamChat, type ChatClient, type ChatContext, type ChatPart } from 'stepstream/openai';
import { StepstreamError } from '../../src/errors/stepstream-error.js';
import { ANSWER, startModelServer, type ModelServer } from './model-server.js';

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const connect = (baseURL = server.baseURL) => new OpenAI({ baseURL, apiKey: 'test', maxRetries: 0 });

/** A step context as `streamChat` sees it, which can be aborted and keeps the usage. */
function createContext() {
  const controller = new AbortController();
  const usages: unknown[] = [];
  const context: ChatContext = { signal: controller.signal, usage: (usage) => usages.push(usage) };
  return { context, usages, abort: (reason?: unknown) => controller.abort(reason) };
}

const ask = (client: ChatClient, content: string, context: ChatContext = createContext().context) =>
  streamChat(client, { model: 'gpt-mock', messages: [{ role: 'user', content }] }, context);

/** Reads to the end, whatever it is. */
async function read(stream: AsyncGenerator<string, unknown>) {
  const tokens: string[] = [];
  try {
    for (;;) {
      const next = await stream.next();
      if (next.done) return { tokens, text: tokens.join(''), returned: next.value };
      tokens.push(next.value);
    }
  } catch (error) {
    return { tokens, text: tokens.join(''), error };
  }
}

describe.each([
  ['openai 5', (url: string): ChatClient => new OpenAI5({ baseURL: url, apiKey: 'test', maxRetries: 0 })],
  ['openai 6', (url: string): ChatClient => new OpenAI({ baseURL: url, apiKey: 'test', maxRetries: 0 })],
  ['openai 7', (url: string): ChatClient => new OpenAI7({ baseURL: url, apiKey: 'test', maxRetries: 0 })],
])('streamChat with %s', (_version, connectTo) => {
  test('gives the answer token by token, and the finish reason at last', async () => {
    const { tokens, text, returned } = await read(ask(connectTo(server.baseURL), 'answer'));
    expect(text).toBe(ANSWER);
    expect(tokens).toHaveLength(Math.ceil(ANSWER.length / 5));
    expect(returned).toBe('stop');
  });

  test('tells the usage once, under the model that was asked for', async () => {
    const { context, usages } = createContext();
    await read(ask(connectTo(server.baseURL), 'answer', context));
    expect(usages).toEqual([{ model: 'gpt-mock', input: 11, output: 7 }]);
  });

  test('throws the reason of the signal when it is aborted in the middle, and the server sees it', async () => {
    const { context, abort } = createContext();
    const stream = ask(connectTo(server.baseURL), 'slowly', context);
    expect((await stream.next()).value).toBe('Forty');
    const reason = new Error('the user has pressed Stop');
    abort(reason);
    expect(await read(stream)).toEqual({ tokens: [], text: '', error: reason });
    await server.disconnected;
  });

  test('throws the reason of a signal that was aborted before, and asks nothing', async () => {
    const { context, abort } = createContext();
    const reason = new Error('too late');
    abort(reason);
    const { error } = await read(ask(connectTo(server.baseURL), 'answer', context));
    expect(error).toBe(reason);
    expect(server.requests.getAll()).toEqual([]);
  });

  test('cancels the request when the loop is left', async () => {
    for await (const token of ask(connectTo(server.baseURL), 'slowly')) {
      expect(token).toBe('Forty');
      break;
    }
    await server.disconnected;
  });

  test('takes a stream that ends without a finish reason for an error', async () => {
    const { text, error } = await read(ask(connectTo(server.cutURL), 'answer'));
    expect(text).toBe(ANSWER.slice(0, 10));
    expect(error).toBeInstanceOf(ModelStreamCutError);
    expect(error).toMatchObject({ code: 'MODEL_STREAM_CUT', model: 'gpt-mock', tokens: 2 });
    expect(StepstreamError.is(error)).toBe(true);
  });
});

describe('streamChat', () => {
  test('asks for a stream with usage, and passes on what else the author asks for', async () => {
    const body = { model: 'gpt-mock', messages: [{ role: 'user' as const, content: 'answer' }], temperature: 0.5 };
    await read(streamChat(connect(), body, createContext().context));
    expect(server.requests.getLast()?.body).toMatchObject({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('keeps the author’s own stream options', async () => {
    const { context, usages } = createContext();
    const body = { model: 'gpt-mock', messages: [{ role: 'user' as const, content: 'answer' }] };
    await read(streamChat(connect(), { ...body, stream_options: { include_usage: false, extra: 1 } }, context));
    expect(server.requests.getLast()?.body?.stream_options).toEqual({ include_usage: false, extra: 1 });
    expect(usages).toEqual([]);
  });

  test('leaves the stream options out where they are null', async () => {
    const body = { model: 'gpt-mock', messages: [{ role: 'user' as const, content: 'answer' }], stream_options: null };
    const { text } = await read(streamChat(connect(), body, createContext().context));
    expect(text).toBe(ANSWER);
    expect(server.requests.getLast()?.body).not.toHaveProperty('stream_options');
  });

  test('needs no usage function', async () => {
    const whole = await read(ask(connect(), 'answer', { signal: new AbortController().signal }));
    expect(whole).toMatchObject({ text: ANSWER, returned: 'stop' });
  });

  test('returns length and content_filter, which are no errors', async () => {
    expect(await read(ask(connect(), 'talk too long'))).toMatchObject({ text: ANSWER, returned: 'length' });
    expect(await read(ask(connect(), 'be filtered'))).toMatchObject({ text: '', returned: 'content_filter' });
  });

  test('throws the client’s own error for a 500', async () => {
    const { tokens, error } = await read(ask(connect(), 'fail'));
    expect(tokens).toEqual([]);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 500, message: '500 The model is down.' });
  });

  test('throws the client’s own error for a connection that is refused', async () => {
    const { error } = await read(ask(connect('http://127.0.0.1:9/v1'), 'answer'));
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
  });

  test('throws the client’s own error for one in the middle of the stream', async () => {
    const { text, error } = await read(ask(connect(server.brokenURL), 'answer'));
    expect(text).toBe(ANSWER.slice(0, 10));
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ message: 'The model has crashed.' });
  });

  test.each(['truncate', 'drop'])('throws what the client throws when the connection breaks (%s)', async (how) => {
    const { text, error } = await read(ask(connect(), how));
    expect(text.length).toBeGreaterThan(0);
    expect(ANSWER.startsWith(text) && text !== ANSWER).toBe(true);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'terminated' });
  });

  test.each(['stall', 'never begin'])('ends a stream at once by its signal when nothing comes (%s)', async (how) => {
    const { context, abort } = createContext();
    const reason = new Error('nothing came');
    const reading = read(ask(connect(), how, context));
    const started = performance.now();
    setTimeout(() => abort(reason), 150);
    expect((await reading).error).toBe(reason);
    expect(performance.now() - started).toBeLessThan(2_000);
    await server.disconnected;
  });

  test('gives no token after the abort, although the client has more in hand', async () => {
    const { context, abort } = createContext();
    const stream = ask(saying(say('one'), say('two'), END), 'answer', context);
    expect((await stream.next()).value).toBe('one');
    abort(new Error('stop'));
    await expect(stream.next()).rejects.toThrow('stop');
  });

  test('is cancelled, not whole, when the abort comes after the finish reason', async () => {
    const { context, abort } = createContext();
    const client = saying(say('all'), END, () => {
      abort(new Error('stop'));
      return { choices: [] };
    });
    expect(await read(ask(client, 'answer', context))).toMatchObject({ text: 'all', error: new Error('stop') });
  });

  test('tells the usage of a stream that was cut, once, where the server sends it with every part', async () => {
    const { context, usages } = createContext();
    const counted = (tokens: number) => ({ ...say('x'), usage: { prompt_tokens: 3, completion_tokens: tokens } });
    const { error } = await read(ask(saying(counted(1), counted(2), say('x')), 'answer', context));
    expect(error).toBeInstanceOf(ModelStreamCutError);
    expect(usages).toEqual([{ model: 'gpt-mock', input: 3, output: 2 }]);
  });

  test('reads the first of several answers only', async () => {
    const other: ChatPart = { choices: [{ index: 1, delta: { content: 'other' }, finish_reason: 'length' }] };
    const { text, returned } = await read(ask(saying(say('mine'), other, say(' too'), END), 'answer'));
    expect({ text, returned }).toEqual({ text: 'mine too', returned: 'stop' });
  });

  test('gives a refusal as text, for that is what the model said', async () => {
    const no: ChatPart = { choices: [{ delta: { content: null, refusal: 'I can’t.' }, finish_reason: null }] };
    expect((await read(ask(saying(no, END), 'answer'))).text).toBe('I can’t.');
  });
});

const say = (content: string): ChatPart => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const END: ChatPart = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

/** A client that says these parts and stops, whatever it is asked: for what no server can be made to do. */
const saying = (...parts: (ChatPart | (() => ChatPart))[]): ChatClient => ({
  chat: {
    completions: {
      create: () =>
        Promise.resolve(
          (async function* () {
            for (const part of parts) yield typeof part === 'function' ? part() : part;
          })(),
        ),
    },
  },
});
