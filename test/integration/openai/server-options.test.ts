import { Pipeline, Step, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { RunRegistry } from 'stepstream/http';
import {
  ChatRequestError,
  createOpenAIServer,
  model,
  type ChatCompletionRequest,
  type OpenAIServer,
  type OpenAIServerOptions,
  type ServedModel,
} from 'stepstream/openai';
import { describe, expect, it } from 'vitest';
import { Endless, Failing, Talker } from '../../http/bots.js';
import { readSse } from '../../http/read-sse.js';
import { catchUnhandled } from '../../support/catch-unhandled.js';
import { gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';
import { Asking, Mute, Slow } from './bots.js';
import { until } from './serve-models.js';

const HELLO = [{ role: 'user', content: 'hello' }];

const ask = (server: OpenAIServer, more: object = {}, init: RequestInit = {}): Promise<Response> =>
  server.fetch(
    new Request('http://localhost/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
      body: JSON.stringify({ model: 'bot', messages: HELLO, ...more }),
      ...init,
    }),
  );

const state = () => ({});
const only = (bot: ServedModel, options: Partial<OpenAIServerOptions> = {}): OpenAIServer =>
  createOpenAIServer({ models: { bot }, ...options });

const errorOf = async (response: Response): Promise<unknown> => ((await response.json()) as { error: unknown }).error;
const textOf = (events: string): string =>
  readSse(events)
    .filter(({ data }) => data?.startsWith('{'))
    .map(({ data }) => (JSON.parse(data!) as { choices: { delta: { content?: string } }[] }).choices[0])
    .map((choice) => choice?.delta.content ?? '')
    .join('');

describe('a server that is drained', () => {
  it('takes no more runs, and waits for those that it has', async () => {
    const spoken = gate();
    const server = only(model(new Slow(() => spoken.promise), { state }));
    const asked = ask(server);
    await until(() => !server.draining);
    await sleep(5);
    const drained = server.drain();
    expect(server.draining).toBe(true);
    const refused = await ask(server);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('x-should-retry')).toBeNull();
    expect(await errorOf(refused)).toMatchObject({ type: 'server_error', code: 'server_stopping' });
    spoken.open();
    expect(await drained).toEqual({ cancelled: 0 });
    expect((await asked).status).toBe(200);
  });

  it('takes none of a request that was being prepared when it began', async () => {
    const made = gate();
    const endless = new Endless();
    const server = only(model(endless, { state: () => made.promise.then(state) }));
    const asked = ask(server);
    await sleep(5);
    expect(await server.drain()).toEqual({ cancelled: 0 });
    made.open();
    expect((await asked).status).toBe(503);
    expect(endless.made).toBe(0);
  });

  it('ends what goes on for too long, and says so: with a status, or within the stream', async () => {
    const endless = new Endless('word ', () => sleep(1));
    const server = only(model(endless, { state }));
    const plain = ask(server);
    const stream = await ask(server, { stream: true });
    const text = stream.text();
    await until(() => endless.made > 5);
    expect(await server.drain({ timeout: 10 })).toEqual({ cancelled: 2 });
    expect((await plain).status).toBe(503);
    expect(await errorOf(await plain)).toMatchObject({ code: 'run_cancelled' });
    expect(await text).toMatch(/word .*"code":"run_cancelled"\}\}\n\n$/s);
    expect(endless.finished).toBe(2);
  });

  it('may share its runs with others', async () => {
    const runs = new RunRegistry();
    const bot = model(new Talker(), { state: () => ({ name: 'Ada' }), options: () => ({ id: 'run-1' }) });
    const server = only(bot, { runs });
    const response = await ask(server);
    expect(response.headers.get('x-request-id')).toBe('run-1');
    expect(runs.find('run-1')?.id).toBe('run-1');
    await runs.drain();
    expect(server.draining).toBe(true);
    expect((await ask(server)).status).toBe(503);
  });
});

describe('a client that leaves', () => {
  const endlessly = (options: Partial<OpenAIServerOptions> = {}) => {
    const endless = new Endless('word ', () => sleep(1));
    const ends: string[] = [];
    endless.on('run-end', ({ status }) => ends.push(status));
    return { endless, ends, server: only(model(endless, { state }), options) };
  };

  it.each([true, false])('ends the run by the signal of its request: stream %s', async (stream) => {
    const { endless, ends, server } = endlessly();
    const client = new AbortController();
    const asked = ask(server, { stream }, { signal: client.signal });
    const { body } = stream ? await asked : { body: null };
    // Nobody reads the body: so it has said no more than was asked for.
    await (stream ? sleep(20) : until(() => endless.made > 3));
    if (stream) expect(endless.made).toBeLessThan(4);
    client.abort();
    if (!stream) expect((await asked).status).toBe(499);
    await until(() => ends.length === 1);
    await body?.cancel();
    expect([ends, endless.finished]).toEqual([['cancelled'], 1]);
  });

  it('ends the run when the body is cancelled, and only then', async () => {
    const { endless, ends, server } = endlessly();
    const { body } = await ask(server, { stream: true });
    await sleep(20);
    expect(ends).toEqual([]);
    await body!.cancel();
    expect([ends, endless.finished]).toEqual([['cancelled'], 1]);
  });

  it('starts no run when it left while that was prepared', async () => {
    const endless = new Endless();
    const client = new AbortController();
    const server = only(model(endless, { state: async () => (client.abort(), {}) }));
    expect((await ask(server, {}, { signal: client.signal })).status).toBe(499);
    expect(endless.made).toBe(0);
  });

  it.each([true, false])('lets the run go on with detach: stream %s', async (stream) => {
    const { endless, ends, server } = endlessly({ onDisconnect: 'detach' });
    const client = new AbortController();
    const asked = ask(server, { stream }, { signal: client.signal });
    if (stream) await (await asked).body!.cancel();
    else await until(() => endless.made > 3).then(() => client.abort());
    await sleep(20);
    const { made } = endless;
    await until(() => endless.made > made + 5);
    expect(ends).toEqual([]);
    expect(await server.drain({ timeout: 0 })).toEqual({ cancelled: 1 });
    expect(ends).toEqual(['cancelled']);
  });

  it('leaves no rejection behind when a run fails that nobody reads', async () => {
    const spoken = gate();
    const server = only(model(new Slow(() => spoken.promise), { state }), { onDisconnect: 'detach' });
    const seen = await catchUnhandled(async () => {
      const client = new AbortController();
      const asked = ask(server, {}, { signal: client.signal });
      await sleep(5);
      client.abort();
      await asked;
      spoken.fail(new Error('too late'));
      await server.drain();
    });
    expect(seen).toEqual([]);
  });
});

describe('a stream in which nothing is said', () => {
  it('begins when it has been silent for long enough, and is kept open', async () => {
    const spoken = gate();
    const server = only(model(new Slow(() => spoken.promise), { state }), { heartbeat: 20 });
    const response = await ask(server, { stream: true });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe(': hb\n\n');
    expect((await reader.read()).value).toBe(': hb\n\n');
    spoken.open();
    let text = '';
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    expect(textOf(text)).toBe('at last');
  });

  it('that has begun so tells of a failure within itself', async () => {
    const spoken = gate();
    const server = only(model(new Slow(() => spoken.promise), { state }), { heartbeat: 5 });
    const response = await ask(server, { stream: true });
    expect(response.status).toBe(200);
    spoken.fail(new Error('SECRET'));
    expect(await response.text()).toMatch(
      /^(?:: hb\n\n)*data: \{"error":\{"message":"The server had an error.*\}\}\n\n$/,
    );
  });

  it('has a status until then', async () => {
    const spoken = gate();
    const server = only(model(new Slow(() => spoken.promise), { state }), { heartbeat: false });
    const asked = ask(server, { stream: true });
    await sleep(30);
    spoken.fail(new Error('SECRET'));
    expect((await asked).status).toBe(500);
  });

  it('is an answer all the same when nothing is ever said', async () => {
    class Silent extends Pipeline<object> {
      @Step() work() {
        return 1;
      }
    }
    const server = only(model(new Silent(), { state }));
    const text = await (await ask(server, { stream: true })).text();
    expect(text).toMatch(/"role":"assistant".*"finish_reason":"stop".*\[DONE\]/s);
    const { choices } = (await (await ask(server)).json()) as { choices: { message: { content: string } }[] };
    expect(choices[0].message.content).toBe('');
  });
});

describe('a failure', () => {
  const timed = { state, options: () => ({ timeout: 5 }) };

  it('has the status of its kind, and is not worth another try', async () => {
    const failed = await ask(only(model(new Mute(), { state })));
    expect([failed.status, failed.headers.get('x-should-retry')]).toEqual([500, 'false']);
    const late = await ask(only(model(new Slow(() => new Promise(() => undefined)), timed)));
    expect(late.status).toBe(504);
    const asking = await ask(only(model(new Asking(), { state })));
    expect([asking.status, asking.headers.get('x-should-retry')]).toEqual([500, 'false']);
    expect(JSON.stringify(await asking.json())).not.toContain('SECRET');
  });

  it('is told as describeError says', async () => {
    const describeError = ({ message, code, step }: { message: string; code?: string; step?: string }) => ({
      message: `${step}: ${message}`,
      code: code!,
      status: 429,
      type: 'rate_limit_error',
    });
    const bots = {
      failing: model(new Failing(), { state }),
      timed: model(new Slow(() => new Promise(() => undefined)), timed),
    };
    const server = createOpenAIServer({ models: bots, describeError });
    const response = await ask(server, { model: 'failing' });
    const told = {
      message: 'respond: Failing.respond: the model is down',
      type: 'rate_limit_error',
      param: null,
      code: 'STEP_FAILED',
    };
    expect([response.status, await errorOf(response)]).toEqual([429, told]);
    const text = await (await ask(server, { model: 'failing', stream: true })).text();
    expect(JSON.parse(readSse(text).at(-1)!.data!)).toEqual({ error: told });
    expect((await ask(server, { model: 'timed' })).status).toBe(429);
  });

  it('tells nothing when describeError fails, or says what is no answer', async () => {
    for (const describeError of [
      () => {
        throw new Error('SECRET');
      },
      () => ({ message: 'SECRET', status: 200 }),
    ]) {
      const response = await ask(only(model(new Failing(), { state }), { describeError }));
      expect(response.status).toBe(500);
      expect(await errorOf(response)).toEqual({
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
        param: null,
        code: null,
      });
    }
  });

  it('before the run is told to onError, and no failure of that changes the answer', async () => {
    const told: unknown[] = [];
    const onError = (error: unknown) => {
      told.push(error);
      throw new Error('SECRET');
    };
    const wrong = new Error('SECRET');
    const fail = () => Promise.reject(wrong);
    const server = createOpenAIServer({
      models: {
        state: model(new Talker(), { state: fail }),
        options: model(new Talker(), { state: () => ({ name: '' }), options: fail }),
        start: model(new Talker(), { state: (() => 7) as never }),
      },
      onError,
    });
    for (const id of ['state', 'options', 'start']) {
      const response = await ask(server, { model: id });
      expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('SECRET')]);
    }
    expect(told).toEqual([wrong, wrong, expect.objectContaining({ code: 'INVALID_STATE' })]);
  });

  it('may be an answer of the author: of state, and of authorize', async () => {
    const busy = new ChatRequestError({
      status: 429,
      message: 'Slow down.',
      type: 'tokens',
      headers: { 'retry-after': '7' },
    });
    const refuse = () => {
      throw busy;
    };
    const told: unknown[] = [];
    const onError = (error: unknown) => void told.push(error);
    const talker = model(new Talker(), { state: () => ({ name: '' }) });
    for (const server of [
      only(model(new Talker(), { state: refuse }), { onError }),
      createOpenAIServer({ models: { bot: talker }, authorize: refuse, onError }),
    ]) {
      const response = await ask(server);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
      expect(await errorOf(response)).toEqual({ message: 'Slow down.', type: 'tokens', param: null, code: null });
    }
    expect(told).toEqual([]);
  });
});

describe('a model', () => {
  it('gets the request in its own names, what is null or missing left out', async () => {
    const seen: ChatCompletionRequest[] = [];
    const bot = model(new Talker(), {
      state: (request) => {
        seen.push(request);
        return { name: '' };
      },
      responseFormats: ['text', 'json_schema'],
    });
    const body = {
      model: 'bot',
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'us' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'assistant', content: null, refusal: 'No.', tool_calls: [] },
      ],
      temperature: 0,
      top_p: null,
      max_tokens: 5,
      stop: 'END',
      seed: -1,
      user: 'u',
      metadata: { a: 'b' },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
      own: true,
    };
    expect((await ask(only(bot), body)).status).toBe(200);
    expect(seen).toEqual([
      {
        model: 'bot',
        messages: [
          { role: 'system', content: 'Be brief.', name: 'us' },
          { role: 'user', content: 'a\nb' },
          { role: 'assistant', content: 'No.' },
        ],
        stream: false,
        temperature: 0,
        max_tokens: 5,
        stop: ['END'],
        seed: -1,
        user: 'u',
        metadata: { a: 'b' },
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
        body,
      },
    ]);
  });

  it('tells the usage that its function makes of the sum, or none if that fails', async () => {
    class Counting extends Pipeline<object> {
      @Streaming() async *respond({ usage }: Ctx<this>) {
        usage({ model: 'small', input: 1, output: 2 });
        usage({ model: 'large', input: 30, output: 40 });
        yield 'x';
      }
    }
    const told: unknown[] = [];
    const usages = [];
    for (const usage of [
      ({ models }: { models: Readonly<Record<string, { input: number; output: number }>> }) => models.large,
      () => undefined,
      () => {
        throw new Error('uncountable');
      },
    ]) {
      const server = only(model(new Counting(), { state, usage }), { onError: (error) => told.push(error) });
      usages.push(((await (await ask(server)).json()) as { usage?: unknown }).usage);
    }
    expect(usages).toEqual([{ prompt_tokens: 30, completion_tokens: 40, total_tokens: 70 }, undefined, undefined]);
    expect(told).toEqual([new Error('uncountable')]);
  });

  it('is asked under the path that was said', async () => {
    const bot = model(new Talker(), { state: () => ({ name: '' }) });
    const get = (server: OpenAIServer, path: string) => server.fetch(new Request(`http://localhost${path}`));
    const own = only(bot, { basePath: '/api/llm' });
    expect([(await get(own, '/api/llm/models')).status, (await get(own, '/v1/models')).status]).toEqual([200, 404]);
    expect((await get(only(bot, { basePath: '' }), '/models/bot')).status).toBe(200);
  });

  it('may name its runs as it likes, and is refused a name that is in use', async () => {
    const told: unknown[] = [];
    const spoken = gate();
    const slow = new Slow(() => spoken.promise);
    const server = only(model(slow, { state, options: () => ({ id: 'чат 1\n' }) }), {
      onError: (error) => told.push(error),
    });
    const asked = ask(server);
    await until(() => slow.begun === 1);
    expect((await ask(server)).status).toBe(500);
    expect(told).toEqual([expect.objectContaining({ code: 'RUN_ID_IN_USE' })]);
    spoken.open();
    const response = await asked;
    expect([response.status, response.headers.get('x-request-id')]).toEqual([200, null]);
    expect(await response.json()).toMatchObject({ id: 'chatcmpl-чат 1\n' });
  });

  it('tells its events to the author as every run does', async () => {
    const bot = new Failing();
    const errors: RunEvent['type'][] = [];
    bot.on('step-error', ({ type }) => errors.push(type));
    await ask(only(model(bot, { state })));
    expect(errors).toEqual(['step-error']);
  });
});

describe('options that make no sense', () => {
  const bot = model(new Talker(), { state: () => ({ name: '' }) });

  it.each<[string, object]>([
    ['no models', { models: {} }],
    ['a model without a name', { models: { '': bot } }],
    ['a pipeline itself', { models: { bot: new Talker() } }],
    ['a limit', { maxBodyBytes: 0 }],
    ['a heartbeat', { heartbeat: 2 ** 31 }],
    ['what leaving does', { onDisconnect: 'wait' }],
    ['a path', { basePath: 'v1' }],
    ['a path with a slash', { basePath: '/v1/' }],
  ])('are refused at once: %s', (_, wrong) => {
    const make = () => createOpenAIServer({ models: { bot }, ...wrong });
    expect(make).toThrow(expect.objectContaining({ name: 'MisuseError', code: 'INVALID_SERVER_OPTION' }));
  });

  it('are refused of a model at once', () => {
    for (const wrong of [
      () => model(undefined as unknown as Talker, {} as never),
      () => model({} as unknown as Talker, { state: () => ({ name: '' }) }),
      () => model(new Talker(), {} as never),
    ])
      expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_SERVER_OPTION' }));
    expect(() => new ChatRequestError({ message: 'x', status: 200 })).toThrow(RangeError);
  });
});
