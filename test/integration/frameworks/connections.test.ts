import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Pipeline, Streaming, type AnyRun } from 'stepstream';
import { RunRegistry, sendResponse, toNodeResponse, type NodeOutcome } from 'stepstream/http';
import { Endless, Talker } from '../../http/bots.js';
import { readSse } from '../../http/read-sse.js';
import { gate, type Gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What became of the one run that a server was asked for. */
interface Served {
  readonly run: Gate<AnyRun>;
  readonly outcome: Gate<NodeOutcome>;
}

async function listen(listener: RequestListener, options: { httpAllowHalfOpen?: boolean } = {}): Promise<number> {
  const server: Server = createServer(listener);
  Object.assign(server, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Serves runs, and says how the newest went. */
const answer =
  (start: () => AnyRun, served: Served): RequestListener =>
  async (_req, res) => {
    const run = start();
    served.run.open(run);
    served.outcome.open(await toNodeResponse(run, res));
  };

const newServed = (): Served => ({ run: gate<AnyRun>(), outcome: gate<NodeOutcome>() });
const talk = (): AnyRun => new Talker().run({ name: 'Ada' });
const wordy = (): Endless => new Endless('word ', () => sleep(1));

const lastOf = (body: string): string | undefined => readSse(body).at(-1)?.event;

async function openSocket(port: number, said: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  closing.push(() => socket.destroy());
  socket.write(said);
  return socket;
}

describe('a client of HTTP/1.0', () => {
  it('gets all of it without chunks, and the end of the connection as its end', async () => {
    const served = newServed();
    const port = await listen(answer(talk, served));
    const socket = await openSocket(port, 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
    const [head, body] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head.toLowerCase()).toContain('connection: close');
    expect(head.toLowerCase()).not.toContain('transfer-encoding');
    expect(lastOf(body)).toBe('run-end');
    expect(await served.outcome.promise).toBe('complete');
  });
});

describe('a connection that is kept alive', () => {
  it('carries one complete stream after the other', async () => {
    const port = await listen(answer(talk, newServed()));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closing.push(() => agent.destroy());
    const sockets = new Set<unknown>();
    for (let times = 0; times < 20; times++) {
      const sent = request({ port, host: '127.0.0.1', agent });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      sockets.add(response.socket);
      expect(lastOf(await text(response))).toBe('run-end');
    }
    expect(sockets.size).toBe(1);
  });

  it('has no listener left of the streams that it has carried', async () => {
    const counts: number[] = [];
    const port = await listen((req, res) => {
      counts.push(req.socket.listenerCount('close') + req.socket.listenerCount('error'));
      void toNodeResponse(talk(), res);
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closing.push(() => agent.destroy());
    for (let times = 0; times < 5; times++) {
      const sent = request({ port, host: '127.0.0.1', agent });
      sent.end();
      await text(((await once(sent, 'response')) as [IncomingMessage])[0]);
    }
    expect(new Set(counts).size).toBe(1);
  });
});

describe('HEAD', () => {
  it('is answered with the headers, and the run that nobody would read ends', async () => {
    const served = newServed();
    const bot = wordy();
    const port = await listen(answer(() => bot.run({}), served));
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toBe('');
    expect(await served.outcome.promise).toBe('complete');
    expect((await (await served.run.promise).result).status).toBe('cancelled');
    expect(bot.made).toBe(bot.finished);
  });

  it('of a run in a registry lets it go on', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    const port = await listen((_req, res) => void runs.attach(run.id).then((response) => sendResponse(response, res)));
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })).status).toBe(200);
    expect((await run.result).status).toBe('success');
  });
});

describe('a client that closes its half of the connection after its request', () => {
  const ask = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('has left, as Node.js sees it: the run is cancelled', async () => {
    const served = newServed();
    const bot = wordy();
    const port = await listen(answer(() => bot.run({}), served));
    const socket = await openSocket(port, ask);
    socket.end();
    socket.resume();
    expect(await served.outcome.promise).toBe('disconnected');
    expect((await (await served.run.promise).result).status).toBe('cancelled');
    expect(bot.finished).toBe(bot.made > 0 ? 1 : 0);
  });

  it('gets all of it from a server with httpAllowHalfOpen', async () => {
    const served = newServed();
    const port = await listen(answer(talk, served), { httpAllowHalfOpen: true });
    const socket = await openSocket(port, ask);
    socket.end();
    expect(await text(socket)).toContain('event: run-end');
    expect(await served.outcome.promise).toBe('complete');
    expect((await (await served.run.promise).result).status).toBe('success');
  });
});

describe('HTTP/2', () => {
  async function connectTo(start: () => AnyRun, served: Served, late = false) {
    const reached = gate();
    const server = createHttp2Server((req, res) => {
      reached.open();
      const send = async (): Promise<void> => {
        if (late) await once(req.stream, 'close');
        const run = start();
        served.run.open(run);
        // Its response is one by its type too.
        served.outcome.open(await toNodeResponse(run, res));
      };
      void send();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    closing.push(() => (client.destroy(), server.close()));
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => undefined);
    return { stream, reached: reached.promise };
  }

  it('carries a stream', async () => {
    const served = newServed();
    const { stream } = await connectTo(talk, served);
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    expect(lastOf(await text(stream))).toBe('run-end');
    expect(await served.outcome.promise).toBe('complete');
  });

  it.each([
    ['in the middle', false],
    ['before its answer', true],
  ])('tells of a client that leaves %s', async (_when, late) => {
    const served = newServed();
    const bot = wordy();
    const { stream, reached } = await connectTo(() => bot.run({}), served, late);
    await reached;
    if (!late) await once(stream, 'data');
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await served.outcome.promise).toBe('disconnected');
    expect((await (await served.run.promise).result).status).toBe('cancelled');
    expect(bot.finished).toBe(bot.made > 0 ? 1 : 0);
  });
});

describe('a response that somebody has begun already', () => {
  it('is refused, and its run ends', async () => {
    const bot = wordy();
    const refused = gate<unknown>();
    const run = gate<AnyRun>();
    const port = await listen((_req, res) => {
      res.writeHead(200).write('something else');
      const started = bot.run({});
      run.open(started);
      toNodeResponse(started, res)
        .catch(refused.open)
        .finally(() => res.end());
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('something else');
    expect(await refused.promise).toMatchObject({ code: 'ERR_HTTP_HEADERS_SENT' });
    expect((await (await run.promise).result).status).toBe('cancelled');
  });
});

describe('a step that does not hear its signal', () => {
  it('holds nobody longer than the grace', async () => {
    const never = gate();
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 100 };
      @Streaming() async *respond() {
        yield 'word';
        await never.promise;
      }
    }
    const served = newServed();
    const port = await listen(answer(() => new Deaf().run({}), served));
    const leave = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: leave.signal });
    await response.body!.getReader().read();
    leave.abort();
    expect(await served.outcome.promise).toBe('disconnected');
    expect((await (await served.run.promise).result).status).toBe('cancelled');
    never.open();
  });
});

describe('silence', () => {
  /** What lies between a client and its server, and closes what has been silent for so long. */
  async function listenProxy(port: number, idle: number): Promise<number> {
    const proxy = createTcpServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      upstream.setTimeout(idle, () => client.destroy());
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      client.on('close', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    closing.push(() => proxy.close());
    return (proxy.address() as AddressInfo).port;
  }

  const pause = (): Endless => {
    let said = 0;
    return new Endless('word ', async () => {
      if (++said === 3) throw new Error('enough');
      await sleep(1_500);
    });
  };

  it.each([
    [100, 'is kept alive by heartbeats', 'run-end'],
    [false, 'is cut without them', 'token'],
  ] as const)('with heartbeat: %s through a proxy that waits for half a second, %s', async (heartbeat, _what, last) => {
    const port = await listen((_req, res) => {
      const run = pause().run({});
      run.result.catch(() => undefined);
      void toNodeResponse(run, res, { heartbeat, types: ['token'] });
    });
    const proxy = await listenProxy(port, 500);
    let body = '';
    const response = await fetch(`http://127.0.0.1:${proxy}/`);
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body!) body += decoder.decode(bytes, { stream: true });
    } catch {
      // Cut: what was sent is what there is.
    }
    expect(lastOf(body)).toBe(last);
    expect(readSse(body).filter(({ event }) => event === 'token').length).toBe(last === 'run-end' ? 3 : 1);
  });
});
