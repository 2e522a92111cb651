import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pipeline, Streaming } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { RunRegistry } from 'stepstream/http';
import { ChatRequestError, createOpenAIServer, model } from 'stepstream/openai';
import { Endless, Talker } from '../../http/bots.js';
import { sleep } from '../../support/sleep.js';
import { KEY, listen, serveModels, until } from './serve-models.js';

const body = JSON.stringify({ model: 'talker', messages: [{ role: 'user', content: 'hello' }] });
const asked = (): Request =>
  new Request('http://localhost/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body,
  });

describe('a refusal whose headers HTTP does not allow', () => {
  const state = (): never => {
    throw new ChatRequestError({ message: 'no', status: 403, headers: { 'x-why': 'a\r\nset-cookie: b=c' } });
  };

  it('is an answer all the same, and the author is told', async () => {
    const told: unknown[] = [];
    const server = createOpenAIServer({
      models: { talker: model(new Talker(), { state }) },
      onError: (error) => told.push(error),
    });
    const answer = await server.fetch(asked());
    expect(answer.status).toBe(500);
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(told).toHaveLength(1);
  });

  it('tells nothing when describeError has made it', async () => {
    const server = createOpenAIServer({
      models: { talker: model(new Talker(), { state: () => Promise.reject(new Error('SECRET')) }) },
      describeError: ({ message }) => ({ message: 'busy', headers: { 'x-why': `${message}\nSECRET` } }),
    });
    const answer = await server.fetch(asked());
    expect(answer.status).toBe(500);
    expect(await answer.text()).toMatch(/The server had an error/);
  });
});

it('what nobody can look at is an answer too when it is thrown', async () => {
  const refuse = (): never => {
    throw new Error('not to be looked at');
  };
  const thrown: unknown = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse });
  const told: unknown[] = [];
  const server = createOpenAIServer({
    models: { talker: model(new Talker(), { state: () => Promise.reject(thrown as Error) }) },
    onError: (error) => told.push(error),
  });
  expect((await server.fetch(asked())).status).toBe(500);
  expect(told).toEqual([new Error('not to be looked at')]);
});

describe('a body that nobody wanted', () => {
  const long = `{"x":"${'y'.repeat(3_000_000)}"}`;

  it.each([
    ['without a key', '', 401],
    ['over the limit', `authorization: Bearer ${KEY}\r\n`, 413],
  ])('is read past: the connection answers what comes next (%s)', async (_, header, status) => {
    await using models = await serveModels();
    const socket = connect(models.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('error', () => undefined);
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}`;
    socket.write(`${head}content-length: ${long.length}\r\n\r\n${long}`);
    socket.write('GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => text.includes('Invalid URL (GET /v1/nothing)'));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });
});

it('an answer is never abandoned while its client reads, whatever the registry says', async () => {
  const endless = new Endless('word ', () => sleep(2));
  const runs = new RunRegistry({ abandon: 30 });
  const server = createOpenAIServer({ models: { talker: model(endless, { state: () => ({}) }) }, runs });
  await using listening = await listen((req, res) => void server.listener(req, res));
  const leave = new AbortController();
  const answer = await fetch(`${listening.url}v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body.replace('{', '{"stream":true,'),
    signal: leave.signal,
  });
  let read = 0;
  const end = Date.now() + 150;
  const reader = answer.body!.getReader();
  while (Date.now() < end) {
    const { done } = await reader.read();
    expect(done).toBe(false);
    read++;
  }
  expect(read).toBeGreaterThan(10);
  leave.abort();
  await until(() => runs.live === 0);
});

describe('a client that leaves while it sends its request', () => {
  it('is no error of the server', async () => {
    await using models = await serveModels();
    const socket = connect(models.port, '127.0.0.1');
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"x"`,
    );
    await sleep(30);
    socket.destroy();
    await until(() => models.outcomes.length === 1);
    expect(models.outcomes).toEqual(['disconnected']);
    expect(models.told).toEqual([]);
  });
});

it('a stream that has long said nothing keeps nothing of what is not its answer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  let peak = 0;
  class Thinker extends Pipeline<object> {
    @Streaming({ to: 'say' })
    async *think() {
      for (let made = 1; made <= 200_000; made++) {
        yield 'hm';
        if (made % 50_000 > 0) continue;
        await setImmediate();
        peak = Math.max(peak, used());
      }
    }

    @Streaming()
    async *say() {
      yield 'done';
    }
  }
  const served = model(new Thinker(), { state: () => ({}), tokens: 'say' });
  const server = createOpenAIServer({ models: { talker: served }, heartbeat: false });
  const before = used();
  const request = new Request(asked(), { body: body.replace('{', '{"stream":true,') });
  expect(await (await server.fetch(request)).text()).toContain('"content":"done"');
  expect(peak - before).toBeLessThan(40_000_000);
});
