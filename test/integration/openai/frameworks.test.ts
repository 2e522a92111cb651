import { serve as serveHono } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { createOpenAIServer, model, type OpenAIServer } from 'stepstream/openai';
import { describe, expect, it } from 'vitest';
import { Endless, Failing, Talker } from '../../http/bots.js';
import { sleep } from '../../support/sleep.js';
import { listen, until } from './serve-models.js';

const KEY = 'sk-1';

interface Mounted extends AsyncDisposable {
  readonly url: string;
}

const mount = (port: number, close: () => Promise<unknown>): Mounted => ({
  url: `http://127.0.0.1:${port}/v1`,
  [Symbol.asyncDispose]: async () => void (await close()),
});

const viaExpress = (make: (server: OpenAIServer) => express.Express) => (server: OpenAIServer) =>
  listen(make(server)).then((all) => mount(all.port, async () => all[Symbol.asyncDispose]()));

/** How each framework asks a server; docs/guides/openai-server.md shows the same. */
const frameworks: Readonly<Record<string, (server: OpenAIServer) => Promise<Mounted>>> = {
  'Express, as a handler of all': viaExpress((server) => express().use(server.listener)),
  'Express, under a path': viaExpress((server) => express().use('/v1', server.listener)),
  'Express, behind its JSON parser': viaExpress((server) => express().use(express.json()).use('/v1', server.listener)),
  async Fastify(server) {
    const app = fastify();
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all('/v1/*', (request, reply) => {
        reply.hijack();
        void server.listener(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return mount((app.server.address() as AddressInfo).port, () => {
      app.server.closeAllConnections();
      return app.close();
    });
  },
  async Hono(server) {
    const app = new Hono().all('/v1/*', (c) => server.fetch(c.req.raw));
    let node!: ReturnType<typeof serveHono>;
    const port = await new Promise<number>((resolve) => {
      node = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => resolve(info.port));
    });
    return mount(port, () => {
      if ('closeAllConnections' in node) node.closeAllConnections();
      return new Promise((resolve) => node.close(resolve));
    });
  },
};

describe.each(Object.keys(frameworks))('%s', (name) => {
  const HELLO = [{ role: 'user' as const, content: 'hello' }];

  it('answers as a server of its own does', async () => {
    const state = () => ({});
    const server = createOpenAIServer({
      models: {
        talker: model(new Talker(), { state: ({ messages }) => ({ name: messages[0].content }) }),
        failing: model(new Failing(), { state }),
      },
      authorize: (key) => key === KEY,
      maxBodyBytes: 10_000,
    });
    await using mounted = await frameworks[name](server);
    const client = new OpenAI({ baseURL: mounted.url, apiKey: KEY, maxRetries: 0 });
    const body = { model: 'talker', messages: HELLO };
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['talker', 'failing']);
    expect((await client.chat.completions.create(body)).choices[0].message.content).toBe('Hello hello\n€ 5');
    expect(await client.chat.completions.stream(body).finalContent()).toBe('Hello hello\n€ 5');
    const wrong = (asked: object) => client.chat.completions.create({ ...body, ...asked });
    await expect(wrong({ model: 'x' })).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await expect(wrong({ n: 2 })).rejects.toMatchObject({ status: 400, param: 'n' });
    await expect(wrong({ user: 'x'.repeat(10_000) })).rejects.toMatchObject({ status: 413 });
    await expect(wrong({ model: 'failing' })).rejects.toMatchObject({ status: 500, type: 'server_error' });
    await expect(client.get('/nothing')).rejects.toMatchObject({ status: 404, code: 'unknown_url' });
    const stranger = new OpenAI({ baseURL: mounted.url, apiKey: 'x', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401 });
  });

  it.each([true, false])('ends the run of a client that leaves: stream %s', async (stream) => {
    const endless = new Endless('word ', () => sleep(2));
    const ends: string[] = [];
    endless.on('run-end', ({ status }) => ends.push(status));
    const server = createOpenAIServer({ models: { endless: model(endless, { state: () => ({}) }) } });
    await using mounted = await frameworks[name](server);
    const client = new OpenAI({ baseURL: mounted.url, apiKey: KEY, maxRetries: 0 });
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      const body = { model: 'endless', messages: HELLO, stream };
      const answer = await client.chat.completions.create(body, { signal: abort.signal });
      if (Symbol.asyncIterator in answer) for await (const part of answer) expect(part.model).toBe('endless');
    };
    const reading = read().catch((error: unknown) => expect(error).toBeInstanceOf(OpenAI.APIUserAbortError));
    await until(() => endless.made > 5);
    abort.abort();
    await reading;
    await until(() => ends.length === 1);
    expect([ends, endless.finished]).toEqual([['cancelled'], 1]);
  });
});

describe('a body that somebody else has read', () => {
  const read = async (keep: boolean): Promise<number> => {
    const server = createOpenAIServer({ models: { talker: model(new Talker(), { state: () => ({ name: '' }) }) } });
    await using mounted = await listen((req, res) => {
      let text = '';
      req.on('data', (data) => (text += data));
      req.on('end', () =>
        setImmediate(() => void server.listener(keep ? Object.assign(req, { body: text }) : req, res)),
      );
    });
    const body = JSON.stringify({ model: 'talker', messages: [{ role: 'user', content: 'hello' }] });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${mounted.url}v1/chat/completions`, { method: 'POST', headers, body })).status;
  };

  it('is taken inflated, though it came compressed', async () => {
    const server = createOpenAIServer({
      models: { talker: model(new Talker(), { state: () => ({ name: '' }) }) },
      maxBodyBytes: 100,
    });
    const app = express();
    app.use(express.json(), (req, res) => void server.listener(req, res));
    await using mounted = await listen(app);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const ask = async (content: string): Promise<number> => {
      const body = gzipSync(JSON.stringify({ model: 'talker', messages: [{ role: 'user', content }] }));
      return (await fetch(`${mounted.url}v1/chat/completions`, { method: 'POST', headers, body })).status;
    };
    expect([await ask('hello'), await ask('x'.repeat(500))]).toEqual([200, 413]);
  });

  it('is taken as that has kept it, and is none if that has kept nothing', async () => {
    expect([await read(true), await read(false)]).toEqual([200, 400]);
  });
});
