import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, type AnyRun } from 'stepstream';
import { sendResponse, toNodeResponse, type NodeOutcome, type NodeReply, type ResponseOptions } from 'stepstream/http';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { Endless, Failing, Talker } from './bots.js';
import { dataOf, readSse } from './read-sse.js';
import { serve } from './serve.js';

/** Serves one run, and says how that went. */
async function serveRun(start: () => AnyRun, options?: ResponseOptions) {
  const begun = gate<AnyRun>();
  const outcome = gate<NodeOutcome>();
  const server = await serve(async (_req, res) => {
    const run = start();
    const sending = toNodeResponse(run, res, options);
    begun.open(run);
    outcome.open(await sending);
  });
  return { server, url: server.url, begun: begun.promise, outcome: outcome.promise };
}

describe('toNodeResponse()', () => {
  it('sends a run to a client as it goes', async () => {
    const { server, url, outcome } = await serveRun(() => new Talker().run({ name: 'Ada' }));
    await using _server = server;
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const tokens = dataOf(await response.text()) as { type: string; value: string }[];
    expect(tokens.flatMap(({ type, value }) => (type === 'token' ? [value] : []))).toEqual(['Hello ', 'Ada\n', '€ 5']);
    expect(await outcome).toBe('complete');
  });

  it('sends the headers before the first token is there', async () => {
    const slow = gate();
    class Slow extends Pipeline<object> {
      @Streaming() async *respond() {
        await slow.promise;
        yield 'at last';
      }
    }
    const { server, url } = await serveRun(() => new Slow().run({}), { format: 'text' });
    await using _server = server;
    const response = await fetch(url);
    slow.open();
    expect(await response.text()).toBe('at last');
  });

  it('breaks the connection where a text can not say that it has failed', async () => {
    const { server, url, begun, outcome } = await serveRun(() => new Failing().run({}), { format: 'text' });
    await using _server = server;
    const failed = begun.then((run) => run.result.catch((error: Error) => error.name));
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    expect(await outcome).toBe('broken');
    expect(await failed).toBe('RunFailedError');
  });

  it('ends the run of a client that leaves: finally has run, and the server goes on', async () => {
    const bot = new Endless('word ', () => sleep(1));
    const { server, url, begun, outcome } = await serveRun(() => bot.run({}));
    await using _server = server;
    const leave = new AbortController();
    const response = await fetch(url, { signal: leave.signal });
    await response.body!.getReader().read();
    leave.abort();
    expect(await outcome).toBe('disconnected');
    expect(bot.finished).toBe(1);
    expect((await (await begun).result).status).toBe('cancelled');
  });

  it('ends the run of a client that leaves while nothing is said', async () => {
    const aborted = gate();
    class Silent extends Pipeline<object> {
      @Step() wait({ signal }: { signal: AbortSignal }) {
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => (aborted.open(), resolve()));
        });
      }
    }
    const { server, url, begun, outcome } = await serveRun(() => new Silent().run({}), { format: 'text' });
    await using _server = server;
    const leave = new AbortController();
    await fetch(url, { signal: leave.signal });
    leave.abort();
    await aborted.promise;
    expect(await outcome).toBe('disconnected');
    expect((await (await begun).result).status).toBe('cancelled');
  });

  it('ends the run of a client that has left before the answer began', async () => {
    const bot = new Endless('word ', () => sleep(1));
    const outcome = gate<NodeOutcome>();
    const begun = gate<AnyRun>();
    const arrived = gate();
    await using server = await serve(async (_req: IncomingMessage, res: ServerResponse) => {
      arrived.open();
      await new Promise((resolve) => res.once('close', resolve));
      const run = bot.run({});
      begun.open(run);
      outcome.open(await toNodeResponse(run, res));
    });
    const leaving = request(server.url);
    leaving.on('error', () => undefined);
    leaving.end();
    await arrived.promise;
    leaving.destroy();
    expect(await outcome.promise).toBe('disconnected');
    expect((await (await begun.promise).result).status).toBe('cancelled');
    expect(bot.finished).toBe(bot.made > 0 ? 1 : 0);
  });

  it('lets a detached run go on when its client leaves, and its failure end nothing', async () => {
    let goOn = gate();
    class Long extends Pipeline<{ fail: boolean }> {
      @Streaming() async *respond({ state }: { state: { fail: boolean } }) {
        yield 'first';
        await goOn.promise;
        yield 'second';
        if (state.fail) throw new Error('too late for anybody');
      }
    }
    for (const fail of [false, true]) {
      goOn = gate();
      const options = { format: 'text', onDisconnect: 'detach' } as const;
      const { server, url, begun, outcome } = await serveRun(() => new Long().run({ fail }), options);
      await using _server = server;
      const leave = new AbortController();
      const response = await fetch(url, { signal: leave.signal });
      await response.body!.getReader().read();
      leave.abort();
      expect(await outcome).toBe('disconnected');
      goOn.open();
      const run = await begun;
      if (fail) await expect(run.result).rejects.toThrow('too late for anybody');
      else expect(await run.result).toMatchObject({ status: 'success', text: 'firstsecond' });
    }
  });

  it('holds the generator while a client reads slowly, however much it would make', async () => {
    const bot = new Endless('x'.repeat(64 * 1024));
    const { server, url, begun, outcome } = await serveRun(() => bot.run({}), { format: 'text' });
    await using _server = server;
    const leave = new AbortController();
    const response = await fetch(url, { signal: leave.signal });
    const reader = response.body!.getReader();
    let read = 0;
    for (let times = 0; times < 10; times++) {
      read += (await reader.read()).value!.length;
      await sleep(10);
    }
    // What lies between is in the buffers of two sockets and of this client. When they are full nothing more is made.
    let made = 0;
    while (made !== bot.made) {
      made = bot.made;
      await sleep(100);
    }
    expect(made * bot.piece.length - read).toBeLessThan(16 * 1024 * 1024);
    expect(read).toBeGreaterThan(0);
    leave.abort();
    expect(await outcome).toBe('disconnected');
    expect((await (await begun).result).status).toBe('cancelled');
    expect(bot.finished).toBe(1);
  });

  it('waits for room where the response says that it has none', async () => {
    const bot = new Endless();
    const reply = new FullReply();
    const sending = toNodeResponse(bot.run({}), reply, { format: 'text' });
    await sleep(10);
    expect(reply.written).toBe(1);
    const { made } = bot;
    expect(made).toBeLessThanOrEqual(2);
    reply.tell('drain');
    await sleep(10);
    expect(reply.written).toBe(2);
    reply.tell('close');
    expect(await sending).toBe('disconnected');
    expect(bot.finished).toBe(1);
    expect(reply.listening).toEqual(['error']);
  });

  it('sends every cookie of a response, and what stands in one header once', async () => {
    const headers = new Headers({ 'x-run': '7' });
    for (const cookie of ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'])
      headers.append('set-cookie', cookie);
    await using server = await serve((_req, res) => sendResponse(new Response('body', { headers }), res));
    const response = await fetch(server.url);
    expect(response.headers.getSetCookie()).toEqual(headers.getSetCookie());
    expect([response.headers.get('x-run'), await response.text()]).toEqual(['7', 'body']);
  });

  it('sends heartbeats while a step is silent', async () => {
    class Slow extends Pipeline<object> {
      @Streaming() async *respond() {
        await sleep(60);
        yield 'at last';
      }
    }
    const { server, url } = await serveRun(() => new Slow().run({}), { heartbeat: 15 });
    await using _server = server;
    const sent = readSse(await (await fetch(url)).text());
    expect(sent.filter(({ comment }) => comment === 'hb').length).toBeGreaterThanOrEqual(2);
    expect(sent.at(-1)!.event).toBe('run-end');
  });
});

/** A response whose buffer is full after every piece. */
class FullReply implements NodeReply {
  readonly destroyed = false;
  readonly writableEnded = false;
  written = 0;
  readonly #listeners: [string, () => void][] = [];

  get listening(): string[] {
    return this.#listeners.map(([event]) => event);
  }

  writeHead(): void {}
  flushHeaders(): void {}
  end(): void {}
  destroy(): void {}

  write(): boolean {
    this.written++;
    return false;
  }

  on(event: string, listener: () => void): void {
    this.#listeners.push([event, listener]);
  }

  off(event: string, listener: () => void): void {
    const at = this.#listeners.findIndex(([name, own]) => name === event && own === listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  tell(event: string): void {
    for (const [name, listener] of [...this.#listeners]) if (name === event) listener();
  }
}
