import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../../http/read-sse.js';
import { sleep } from '../../support/sleep.js';
import { KEY, serveModels, until, type Models } from './serve-models.js';

const HELLO = [{ role: 'user', content: 'hello' }];
const LIMIT = 2_000;

let models: Models;
beforeAll(async () => {
  models = await serveModels({ maxBodyBytes: LIMIT });
});
afterAll(() => models[Symbol.asyncDispose]());

/** A connection of one's own, and what has come on it. */
async function open(): Promise<{
  readonly socket: Socket;
  readonly text: () => string;
  readonly closed: Promise<void>;
}> {
  const socket = connect(models.port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => (text += data.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, text: () => text, closed };
}

const head = (line: string, headers: Record<string, string> = {}): string =>
  [
    `${line} HTTP/1.1`,
    ...Object.entries({ host: 'x', authorization: `Bearer ${KEY}`, ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    '',
  ].join('\r\n');

const POST = 'POST /v1/chat/completions';
const json = { 'content-type': 'application/json' };

/** Sends bytes, and reads the first answer to its end. */
async function send(bytes: string): Promise<{ status: number; headers: string; body: unknown; error: unknown }> {
  const { socket, text } = await open();
  socket.write(bytes);
  await until(() => {
    const [headers, body] = text().split('\r\n\r\n');
    return (
      body !== undefined &&
      (/chunked/.test(headers) ? body.endsWith('0\r\n') || text().endsWith('0\r\n\r\n') : body !== '')
    );
  });
  socket.destroy();
  const [headers, ...rest] = text().split('\r\n\r\n');
  expect(text()).not.toContain('SECRET');
  expect(text()).not.toMatch(/\.ts:|node_modules|\bat /);
  const body: unknown = JSON.parse(/\{.*\}/s.exec(rest.join('\r\n\r\n'))![0]);
  return { status: Number(headers.split(' ')[1]), headers, body, error: (body as { error: unknown }).error };
}

const post = (body: string, headers: Record<string, string> = {}) =>
  send(head(POST, { ...json, 'content-length': `${Buffer.byteLength(body)}`, ...headers }) + body);

const refused = (code: string | null, param: string | null = null) => ({
  message: expect.stringMatching(/./),
  type: 'invalid_request_error',
  param,
  code,
});

describe('a body that is none', () => {
  it.each(['{', '', '{"model":', 'null null', '\u0000'])('is refused: %j', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400, error: refused(null) });
  });

  it('is refused when it is not UTF-8', async () => {
    const { socket, text } = await open();
    socket.write(head(POST, { ...json, 'content-length': '4' }));
    socket.write(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    await until(() => text().includes('parse the JSON'));
    expect(text()).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  it.each<[string, string, string | null]>([
    ['[]', 'invalid_type', null],
    ['"text"', 'invalid_type', null],
    ['null', 'invalid_type', null],
    ['{}', 'missing_required_parameter', 'model'],
    ['{"model":7}', 'invalid_type', 'model'],
    ['{"model":"talker"}', 'missing_required_parameter', 'messages'],
    ['{"model":"talker","messages":"hello"}', 'invalid_type', 'messages'],
    ['{"model":"talker","messages":[null]}', 'invalid_type', 'messages[0]'],
    ['{"model":"talker","messages":[{"content":"x"}]}', 'missing_required_parameter', 'messages[0].role'],
    ['{"model":"talker","messages":[{"role":"poet","content":"x"}]}', 'invalid_value', 'messages[0].role'],
    ['{"model":"talker","messages":[{"role":"__proto__","content":"x"}]}', 'invalid_value', 'messages[0].role'],
    ['{"model":"talker","messages":[{"role":"tool","content":"x"}]}', 'unsupported_parameter', 'messages[0].role'],
    ['{"model":"talker","messages":[{"role":"user"}]}', 'invalid_type', 'messages[0].content'],
    ['{"model":"talker","messages":[{"role":"user","content":[7]}]}', 'invalid_type', 'messages[0].content[0]'],
    [
      '{"model":"talker","messages":[{"role":"user","content":[{"type":"text"}]}]}',
      'missing_required_parameter',
      'messages[0].content[0].text',
    ],
  ])('is refused by its shape: %s', async (body, code, param) => {
    expect(await post(body)).toMatchObject({ status: 400, error: refused(code, param) });
  });

  it.each<[object, string, string]>([
    [{ stream: 'yes' }, 'invalid_type', 'stream'],
    [{ n: 0 }, 'integer_below_min_value', 'n'],
    [{ n: 1.5 }, 'invalid_type', 'n'],
    [{ top_p: 1.01 }, 'decimal_above_max_value', 'top_p'],
    [{ presence_penalty: -3 }, 'decimal_below_min_value', 'presence_penalty'],
    [{ max_tokens: 0 }, 'integer_below_min_value', 'max_tokens'],
    [{ seed: 'x' }, 'invalid_type', 'seed'],
    [{ stop: [1] }, 'invalid_type', 'stop[0]'],
    [{ user: {} }, 'invalid_type', 'user'],
    [{ metadata: { a: 1 } }, 'invalid_type', 'metadata.a'],
    [{ logprobs: true }, 'unsupported_parameter', 'logprobs'],
    [{ tool_choice: 'required' }, 'unsupported_parameter', 'tool_choice'],
    [{ functions: [{}] }, 'unsupported_parameter', 'functions'],
    [{ modalities: ['text', 'audio'] }, 'unsupported_value', 'modalities'],
    [{ response_format: { type: 'json_object' } }, 'unsupported_value', 'response_format.type'],
    [{ stream: true, stream_options: { include_usage: 1 } }, 'invalid_type', 'stream_options.include_usage'],
  ])('is refused by what it asks: %j', async (asked, code, param) => {
    const answer = await post(JSON.stringify({ model: 'talker', messages: HELLO, ...asked }));
    expect(answer).toMatchObject({ status: 400, error: refused(code, param) });
  });

  it('is refused when it has options of a stream and asks for none', async () => {
    const answer = await post(JSON.stringify({ model: 'talker', messages: HELLO, stream_options: {} }));
    expect(answer).toMatchObject({ status: 400, error: refused(null, 'stream_options') });
  });

  it('is taken where a field is null, or says what is so anyway', async () => {
    const none = { n: 1, stop: null, temperature: null, tools: [], stream_options: null, logprobs: false, unknown: {} };
    const format = { response_format: { type: 'text' }, modalities: ['text'], tool_choice: 'none' };
    const answer = await post(JSON.stringify({ model: 'talker', messages: HELLO, ...none, ...format }));
    expect(answer).toMatchObject({ status: 200, body: { choices: [{ message: { content: 'Hello Ada\n€ 5' } }] } });
  });
});

describe('a body over the limit', () => {
  it('is refused before it is read when its length is declared', async () => {
    const bytes = head(POST, { ...json, 'content-length': `${LIMIT + 1}` });
    expect(await send(bytes)).toMatchObject({ status: 413, error: refused('request_too_large') });
  });

  it('is refused while it is read, though it never ends', async () => {
    const { socket, text } = await open();
    socket.write(head(POST, { ...json, 'transfer-encoding': 'chunked' }));
    const piece = ' '.repeat(100);
    let sent = 0;
    while (text() === '' && sent < 200) {
      socket.write(`64\r\n${piece}\r\n`);
      sent++;
      await sleep(1);
    }
    await until(() => text().includes('request_too_large'));
    expect(text()).toMatch(/^HTTP\/1.1 413 /);
    expect(sent).toBeGreaterThan(LIMIT / 100);
    expect(sent).toBeLessThan(200);
    // What else comes is read past, so that the next request on this connection is heard.
    socket.write(`64\r\n${piece}\r\n0\r\n\r\n${head('GET /v1/models/talker')}`);
    await until(() => text().includes('"owned_by":"us"'));
    socket.destroy();
  });

  it('is taken at the limit itself', async () => {
    const body = JSON.stringify({ model: 'talker', messages: HELLO });
    expect(await post(body.padEnd(LIMIT))).toMatchObject({ status: 200 });
    expect(await post(body.padEnd(LIMIT + 1))).toMatchObject({ status: 413 });
  });
});

describe('a request', () => {
  const body = JSON.stringify({ model: 'talker', messages: HELLO });

  it('is refused without a key, before its body is read', async () => {
    const { status, headers, error } = await post('{', { authorization: 'Basic eA==' });
    expect({ status, error }).toEqual({ status: 401, error: refused('invalid_api_key') });
    expect(headers).toMatch(/www-authenticate: Bearer/i);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'is refused as %j',
    async (type) => {
      const answer = await post(body, { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, error: refused('unsupported_content_type') });
    },
  );

  it('is refused when it is compressed, and taken with a charset', async () => {
    expect(await post(body, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    expect(await post(body, { 'content-type': 'Application/JSON; charset=utf-8' })).toMatchObject({ status: 200 });
  });

  it.each([
    ['GET /v1/chat/completions', 'POST'],
    ['DELETE /v1/models/talker', 'GET'],
    ['PUT /v1/models', 'GET'],
  ])('is refused by its method: %s', async (line, allow) => {
    const { status, headers, error } = await send(head(line, { 'content-length': '0' }));
    expect({ status, error }).toEqual({ status: 405, error: refused('method_not_supported') });
    expect(headers.toLowerCase()).toContain(`allow: ${allow.toLowerCase()}`);
  });

  it.each(['/', '/v1', '/v1/models/', '/v1/embeddings', '/v2/models', '/v1x/models', '//v1/models', '/v1/../v1x'])(
    'is refused at %s',
    async (path) => {
      expect(await send(head(`GET ${path}`))).toMatchObject({ status: 404, error: refused('unknown_url') });
    },
  );

  it.each(['%', '%E0%A4%A', '..%2f..', 'a%00b', '__proto__'])('is refused for the model %s', async (id) => {
    expect(await send(head(`GET /v1/models/${id}`))).toMatchObject({ status: 404, error: refused('model_not_found') });
  });

  it('is answered whatever host it names, and refused when a web server could not be asked so', async () => {
    expect(await send(head('GET /v1/models/talker', { host: '[[hostile' }))).toMatchObject({ status: 200 });
    expect(await send(head('GET http://elsewhere/v1/models/talker'))).toMatchObject({ status: 200 });
    expect(await send(head('TRACE /v1/models'))).toMatchObject({ status: 400, error: refused(null) });
    expect(await send(head('GET http://['))).toMatchObject({ status: 400 });
  });
});

describe('a client that leaves', () => {
  const asking = (model: string, stream: boolean): string => {
    const body = JSON.stringify({ model, messages: HELLO, stream });
    return head(POST, { ...json, 'content-length': `${body.length}` }) + body;
  };

  it('before its body is whole starts no run', async () => {
    const [ended, sent] = [models.ends.length, models.outcomes.length];
    const { socket } = await open();
    socket.write(asking('endless', true).slice(0, -5));
    await sleep(20);
    const { made } = models.endless;
    socket.destroy();
    await until(() => models.outcomes.length > sent);
    expect(models.outcomes.at(-1)).toBe('disconnected');
    expect([models.endless.made, models.ends.length]).toEqual([made, ended]);
  });

  it.each([true, false])('while nothing was said ends the run: stream %s', async (stream) => {
    const { slow, ends, outcomes } = models;
    const [begun, ended, sent] = [slow.begun, ends.length, outcomes.length];
    const { socket } = await open();
    socket.write(asking('slow', stream));
    await until(() => slow.begun > begun);
    socket.destroy();
    await until(() => outcomes.length > sent);
    expect([outcomes.at(-1), ends.slice(ended)]).toEqual(['disconnected', ['cancelled']]);
  });

  it('in the middle ends the run, with all that it has in finally', async () => {
    const { endless, ends, outcomes } = models;
    const [ended, sent, finished] = [ends.length, outcomes.length, endless.finished];
    const { socket, text } = await open();
    socket.write(asking('endless', true));
    await until(() => text().split('"content":"word "').length > 3);
    socket.destroy();
    await until(() => outcomes.length > sent);
    expect([outcomes.at(-1), ends.slice(ended), endless.finished]).toEqual([
      'disconnected',
      ['cancelled'],
      finished + 1,
    ]);
    const { made } = endless;
    await sleep(30);
    expect(endless.made).toBe(made);
  });

  it('after the end has all of it', async () => {
    const [ended, sent] = [models.ends.length, models.outcomes.length];
    const { socket, text } = await open();
    socket.write(asking('talker', true));
    await until(() => text().includes('[DONE]'));
    await until(() => models.outcomes.length > sent);
    socket.destroy();
    expect([models.outcomes.at(-1), models.ends.slice(ended)]).toEqual(['complete', ['success']]);
  });

  it('holds the run back when it only stops reading', async () => {
    const big = await serveModels({});
    const { endless } = big;
    Object.assign(endless, { piece: 'x'.repeat(10_000), pause: () => undefined });
    const socket = connect(big.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    const body = JSON.stringify({ model: 'endless', messages: HELLO, stream: true });
    socket.write(head(POST, { ...json, 'content-length': `${body.length}` }) + body);
    await until(() => endless.made > 100);
    let made = -1;
    await until(() => made === (made = endless.made) && made > 100);
    await sleep(100);
    made = endless.made;
    await sleep(200);
    // The sockets' buffers and the lead of a run: not all that it could have said meanwhile.
    expect(endless.made).toBe(made);
    expect(made).toBeLessThan(5_000);
    socket.destroy();
    await until(() => endless.finished === 1);
    await big[Symbol.asyncDispose]();
  });
});

describe('a stream on the wire', () => {
  it('is server-sent events that nothing may collect, and has [DONE] once it is whole', async () => {
    const ask = (model: string) =>
      fetch(`${models.url}/chat/completions`, {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${KEY}` },
        body: JSON.stringify({ model, messages: HELLO, stream: true }),
      });
    const whole = await ask('talker');
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(await whole.text()).toMatch(/"finish_reason":"stop"\}\]\}\n\ndata: \[DONE\]\n\n$/);
    const text = await (await ask('failing')).text();
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('SECRET');
    expect(dataOf(text).at(-1)).toEqual({
      error: { message: expect.stringContaining('Sorry'), type: 'server_error', param: null, code: null },
    });
  });
});
