import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pipeline, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { connect, LiveText, type ConnectionError, type WireEvent } from 'stepstream/client';
import { RunRegistry, toNodeResponse } from 'stepstream/http';
import { serve } from '../../http/serve.js';
import { gate } from '../../support/gate.js';
import { cuttingProxy } from './cutting-proxy.js';
import { serveRuns } from './run-server.js';

/** Says the numbers up to `count`, and rests now and then, as a model does. */
class Counter extends Pipeline<{ count: number }> {
  @Streaming()
  async *say({ state }: Ctx<this>) {
    for (let n = 1; n <= state.count; n++) {
      yield `${n} `;
      if (n % 10 === 0) await sleep(1);
    }
  }
}

const numbers = (count: number): string => Array.from({ length: count }, (_, i) => `${i + 1} `).join('');

/** Says `begin`, and goes on when it may. */
class Patient extends Pipeline<object> {
  readonly more = gate();
  stopped = 0;
  @Streaming()
  async *say({ signal }: Ctx<this>) {
    try {
      yield 'begin ';
      await Promise.race([
        this.more.promise,
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      ]);
      yield 'end';
    } finally {
      this.stopped++;
    }
  }
}

const counting = (state: { count: number }, options: { readonly buffer: number }) => new Counter().run(state, options);

async function readAll(events: AsyncIterable<WireEvent<Counter>>): Promise<WireEvent<Counter>[]> {
  const read: WireEvent<Counter>[] = [];
  for await (const event of events) read.push(event);
  return read;
}

const textOf = (events: readonly WireEvent[]): string => {
  const text = new LiveText();
  for (const event of events) text.take(event);
  return text.text;
};

const failureOf = (events: AsyncIterable<unknown>): Promise<ConnectionError> =>
  (async () => {
    for await (const _ of events);
  })().then(
    () => expect.unreachable('it has read to the end'),
    (error: ConnectionError) => error,
  );

describe('connect()', () => {
  it('starts a run and reads it, event by event, as they come', async () => {
    const bot = new Patient();
    await using server = await serveRuns((_, options) => bot.run({}, options));
    const connection = connect<Patient>(`${server.url}runs`, { body: {}, headers: { 'x-key': '1' } });
    const seen: RunEvent['type'][] = [];
    for await (const event of connection) {
      seen.push(event.type);
      // The generator goes on only now: the first token was not collected with the second.
      if (event.type === 'token' && event.value === 'begin ') bot.more.open();
    }
    expect(seen).toEqual(['run-start', 'step-start', 'token', 'token', 'step-end', 'run-end']);
    expect(connection.runId).toMatch(/^[\w-]+$/);
    expect(connection.position).toBe(6);
    expect(server.asked).toEqual(['POST /runs']);
    expect(server.headersOf[0]).toMatchObject({ 'x-key': '1', 'content-type': 'application/json' });
  });

  it('goes on after each cut, wherever it is, without loss or doubling', async () => {
    await using server = await serveRuns(counting);
    // The headers alone are some 200 bytes: each connection brings some events, or a part of one, or nothing.
    await using proxy = await cuttingProxy(server.url, (n) => (n < 60 ? 150 + ((n * 397) % 1100) : Infinity));
    const runUrl = (id: string) => `${proxy.url}runs/${id}`;
    const options = { body: { count: 100 }, runUrl, delay: 1, retries: 20 };
    // The first must come through that far that the run is known.
    const first = connect<Counter>(`${server.url}runs`, options);
    let id = '';
    for await (const event of first) {
      id = event.runId;
      break;
    }
    const events = await readAll(connect<Counter>(runUrl(id), { delay: 1, retries: 20 }));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(textOf(events)).toBe(numbers(100));
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
    expect(proxy.connections).toBeGreaterThan(10);
  });

  it('goes on with a run that it has started, at the address of the run', async () => {
    const bot = new Patient();
    await using server = await serveRuns((_, options) => bot.run({}, options));
    await using proxy = await cuttingProxy(server.url, (n) => (n === 1 ? 900 : Infinity));
    const runUrl = (id: string) => `${proxy.url}runs/${id}`;
    const connection = connect<Patient>(`${proxy.url}runs`, { body: {}, runUrl, delay: 1 });
    const seqs: number[] = [];
    for await (const event of connection) {
      seqs.push(event.seq);
      if (event.seq === 3) bot.more.open();
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
    const [first, second] = server.asked;
    expect(first).toBe('POST /runs');
    expect(second).toMatch(new RegExp(`^GET /runs/${connection.runId} behind [1-5]$`));
  });

  it('notices a connection that has died without a word', async () => {
    await using server = await serveRuns(counting, {
      before: (_req, res, count) => {
        if (count !== 2) return false;
        res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        return true;
      },
    });
    const run = server.registry.start((options) => counting({ count: 3 }, options));
    await run.result;
    const url = `${server.url}runs/${run.id}`;
    expect(textOf(await readAll(connect(url)))).toBe('1 2 3 ');
    expect(textOf(await readAll(connect(url, { idle: 50, delay: 1 })))).toBe('1 2 3 ');
    expect(server.asked).toHaveLength(3);
  });

  it('is kept open by the heartbeats of a server that has nothing to say', async () => {
    const bot = new Patient();
    await using server = await serveRuns((_, options) => bot.run({}, options), { heartbeat: 20 });
    setTimeout(() => bot.more.open(), 400);
    const events = await readAll(connect(`${server.url}runs`, { body: {}, idle: 200 }));
    expect(textOf(events)).toBe('begin end');
    expect(server.asked).toHaveLength(1);
  });

  it('waits for a server that is being restarted, with the headers of the moment', async () => {
    await using server = await serveRuns(counting, {
      before: (req, res, count) => {
        if (req.method !== 'GET' || count > 4) return false;
        res.writeHead(503).end('<html>busy</html>');
        return true;
      },
    });
    const run = server.registry.start((options) => counting({ count: 3 }, options));
    let asked = 0;
    const headers = () => ({ 'x-count': String(++asked) });
    expect(textOf(await readAll(connect(`${server.url}runs/${run.id}`, { delay: 1, headers })))).toBe('1 2 3 ');
    expect(server.headersOf.map((all) => all['x-count'])).toEqual(['1', '2', '3', '4', '5']);
  });

  it('gives up after so many tries, and says where it was', async () => {
    await using server = await serveRuns(counting, {
      before: (_req, res) => {
        res.destroy();
        return true;
      },
    });
    const connection = connect(`${server.url}runs/a`, { after: 7, delay: 1, retries: 3 });
    const error = await failureOf(connection);
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION_LOST' });
    expect(error.message).toContain('3 new tries');
    expect(error.cause).toBeInstanceOf(Error);
    expect(connection.position).toBe(7);
    expect(server.asked).toHaveLength(4);
  });

  it('goes on for as long as it is heard from the server, though the run has nothing to say', async () => {
    const bot = new Patient();
    await using server = await serveRuns((_, options) => bot.run({}, options), {
      before: async (_req, res, count) => {
        if (count === 1 || count > 10) return false;
        // A proxy that cuts each connection after a heartbeat.
        res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        await sleep(40);
        res.write(': hb\n\n', () => res.destroy());
        if (count === 10) bot.more.open();
        return true;
      },
    });
    const run = server.registry.start((options) => bot.run({}, options));
    const connection = connect<Patient>(`${server.url}runs/${run.id}`, { delay: 5, retries: 2, idle: 200 });
    expect(textOf(await readAll(connection))).toBe('begin end');
    expect(server.asked.length).toBeGreaterThan(10);
  });

  it('never starts a run twice', async () => {
    await using server = await serveRuns(counting, {
      before: (_req, res) => {
        res.destroy();
        return true;
      },
    });
    const runUrl = (id: string) => `${server.url}runs/${id}`;
    const error = await failureOf(connect(`${server.url}runs`, { body: { count: 1 }, runUrl, delay: 1 }));
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(server.asked).toEqual(['POST /runs']);
  });

  it('says what the server has said in place of a stream', async () => {
    await using server = await serveRuns(counting, { registry: new RunRegistry({ buffer: 5 }) });
    expect(await failureOf(connect(`${server.url}runs/none`))).toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
    const run = server.registry.start((options) => counting({ count: 50 }, options));
    await run.result;
    expect(await failureOf(connect(`${server.url}runs/${run.id}`))).toMatchObject({ code: 'EVENTS_GONE', status: 410 });
    expect(server.asked).toHaveLength(2);
  });

  it('reads nothing of a run whose end it has read', async () => {
    await using server = await serveRuns(counting);
    const run = server.registry.start((options) => counting({ count: 1 }, options));
    await run.result;
    const url = `${server.url}runs/${run.id}`;
    const events = await readAll(connect(url));
    expect(await readAll(connect(url, { after: events.at(-1)!.seq }))).toEqual([]);
    expect((await readAll(connect(url, { after: 2 }))).map(({ seq }) => seq)).toEqual(
      events.slice(2).map((e) => e.seq),
    );
  });

  it('says so when it is no stream of events', async () => {
    await using pages = await serve((_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi'));
    expect(await failureOf(connect(pages.url, { delay: 1 }))).toMatchObject({ code: 'NOT_A_STREAM' });
    await using others = await serve((_req, res) =>
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices":[]}\n\n'),
    );
    expect(await failureOf(connect(others.url, { delay: 1 }))).toMatchObject({ code: 'NOT_A_STREAM' });
    await using broken = await serve((_req, res) =>
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choi\n\n'),
    );
    expect((await failureOf(connect(broken.url, { delay: 1 }))).message).toContain('{"choi');
  });

  it('throws what kept the server from sending the events', async () => {
    const said = { type: 'stream-error', error: { name: 'Error', message: 'The events have ended before the run.' } };
    await using server = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(`event: stream-error\ndata: ${JSON.stringify(said)}\n\n`);
    });
    const error = await failureOf(connect(server.url));
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'STREAM_FAILED' });
    expect(error.message).toContain('ended before the run');
  });

  it('ends the run on the server by cancel(), and the loop reads that end', async () => {
    const bot = new Patient();
    await using server = await serveRuns((_, options) => bot.run({}, options));
    const runUrl = (id: string) => `${server.url}runs/${id}`;
    const connection = connect<Patient>(`${server.url}runs`, { body: {}, runUrl });
    // Before anything is known of the run.
    const cancelled = connection.cancel();
    const events: WireEvent<Patient>[] = [];
    for await (const event of connection) events.push(event);
    await cancelled;
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
    expect(bot.stopped).toBe(1);
    expect(server.registry.live).toBe(0);
    await connection.cancel();
  });

  it('without an address of the run, leaves by cancel()', async () => {
    const bot = new Patient();
    await using server = await serve((_req, res) => toNodeResponse(bot.run({}), res));
    const connection = connect<Patient>(server.url, { body: {} });
    const seen: string[] = [];
    for await (const event of connection) {
      seen.push(event.type);
      if (event.type === 'token') await connection.cancel();
    }
    expect(seen).toEqual(['run-start', 'step-start', 'token']);
    await expect.poll(() => bot.stopped).toBe(1);
  });

  it('leaves with the loop, and with the signal', async () => {
    const bot = new Patient();
    await using server = await serve((_req, res) => toNodeResponse(bot.run({}), res));
    for await (const event of connect<Patient>(server.url)) if (event.type === 'token') break;
    await expect.poll(() => bot.stopped).toBe(1);
    const controller = new AbortController();
    const error = failureOf(connect(server.url, { signal: controller.signal }));
    await sleep(30);
    controller.abort(new Error('the page is closed'));
    expect((await error).message).toBe('the page is closed');
    await expect.poll(() => bot.stopped).toBe(2);
  });

  it('is read once', async () => {
    await using server = await serveRuns(counting);
    const connection = connect<Counter>(`${server.url}runs`, { body: { count: 1 } });
    await readAll(connection);
    await expect(readAll(connection)).rejects.toThrow('call connect() again');
  });

  it.each([{ after: -1 }, { retries: 0.5 }, { delay: Infinity }, { idle: 0 }, { idle: NaN }])(
    'refuses %j',
    (options) => {
      expect(() => connect('http://localhost/', options)).toThrow(
        expect.objectContaining({ name: 'MisuseError', code: 'INVALID_CONNECT_OPTION' }),
      );
    },
  );
});

describe('LiveText', () => {
  it('takes back what stops counting, of one step or of all', async () => {
    class Shaky extends Pipeline<object> {
      @Streaming({ retry: 2, to: 'last' })
      async *first({ attempt }: Ctx<this>) {
        yield attempt === 1 ? 'Forty-' : 'Life ';
        if (attempt === 1) throw new Error('the connection broke');
        yield 'is complex.';
      }
      @Streaming()
      async *last() {
        yield ' Yes.';
      }
    }
    await using server = await serve((_req, res) => toNodeResponse(new Shaky().run({}), res));
    const all = new LiveText();
    const one = new LiveText('last');
    const shown: string[] = [];
    for await (const event of connect<Shaky>(server.url)) {
      if (all.take(event)) shown.push(all.text);
      one.take(event);
    }
    expect(shown).toEqual(['Forty-', '', 'Life ', 'Life is complex.', 'Life is complex. Yes.']);
    expect(one.text).toBe(' Yes.');
  });
});
