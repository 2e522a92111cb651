import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { connect, type Connection } from 'stepstream/client';
import { serve } from '../../http/serve.js';

const event = (seq: number, more: object = {}): string =>
  `id: ${seq}\ndata: ${JSON.stringify({ type: 'token', runId: 'a', seq, path: [], step: 's', visit: 1, value: `${seq} `, ...more })}\n\n`;
const end = (seq: number): string => event(seq, { type: 'run-end', status: 'success' });
const SSE = { 'content-type': 'text/event-stream' };

/** A `fetch` that knows nothing of signals, as one that calls a framework's handler in memory. */
const inMemory = (text: string) => () =>
  Promise.resolve(
    new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode(text)) }), {
      headers: SSE,
    }),
  );

async function seqsOf(events: AsyncIterable<{ readonly seq: number }>, onEvent?: (seq: number) => void) {
  const seqs: number[] = [];
  for await (const { seq } of events) {
    seqs.push(seq);
    onEvent?.(seq);
  }
  return seqs;
}

describe('leaving a connection', () => {
  it('settles a cancel() that waits for a run that is never known', async () => {
    // Closed before the loop, and before the first event.
    const early = connect('http://localhost/', { body: {}, runUrl: (id) => id });
    const left = early.cancel();
    early.close();
    expect(await left).toBeUndefined();
    await using silent = await serve((_req, res) => res.writeHead(200, SSE).flushHeaders());
    const closed = connect(silent.url, { body: {}, runUrl: (id) => id });
    const loop = seqsOf(closed);
    const cancelled = closed.cancel();
    setTimeout(() => closed.close(), 30);
    expect(await cancelled).toBeUndefined();
    expect(await loop).toEqual([]);
    expect(await closed.cancel()).toBeUndefined();
    // Refused, and there is nothing to read.
    await using refusing = await serve((_req, res) => res.writeHead(403).end());
    const refused = connect(refusing.url, { body: {}, runUrl: (id) => id });
    const failed = expect(refused.cancel()).rejects.toMatchObject({ code: 'RESPONSE_REFUSED' });
    await expect(seqsOf(refused)).rejects.toMatchObject({ code: 'RESPONSE_REFUSED' });
    await failed;
    await using empty = await serve((_req, res) => res.writeHead(204).end());
    const over = connect(empty.url, { runUrl: (id) => `${empty.url}${id}` });
    const nothing = over.cancel();
    expect(await seqsOf(over)).toEqual([]);
    expect(await nothing).toBeUndefined();
  });

  it('needs no id to cancel a run whose address it was given', async () => {
    const asked: unknown[] = [];
    await using server = await serve((req, res) => {
      asked.push(req.method);
      res.writeHead(204).end();
    });
    await connect(server.url).cancel();
    expect(asked).toEqual(['DELETE']);
  });

  it('ends the loop by close() with what is buffered unread, and where fetch does not know the signal', async () => {
    const batch = connect('http://localhost/', { fetch: inMemory(event(1) + event(2) + event(3) + end(4)) });
    expect(await seqsOf(batch, (seq) => seq === 2 && batch.close())).toEqual([1, 2]);
    expect(batch.position).toBe(2);
    const silent = connect('http://localhost/', { fetch: inMemory(event(1)), idle: false });
    expect(await seqsOf(silent, () => void setTimeout(() => silent.close(), 10))).toEqual([1]);
    const deaf = connect('http://localhost/', { fetch: () => new Promise(() => undefined), idle: false });
    setTimeout(() => deaf.close(), 10);
    expect(await seqsOf(deaf)).toEqual([]);
  }, 2_000);

  it('ends the loop by the signal, with its reason, wherever it is', async () => {
    const aborted = AbortSignal.abort(new Error('gone before'));
    let asked = 0;
    const fetch = () => {
      asked++;
      return inMemory(event(1))();
    };
    await expect(seqsOf(connect('http://localhost/', { signal: aborted, fetch }))).rejects.toThrow('gone before');
    expect(asked).toBe(0);
    const controller = new AbortController();
    const { signal } = controller;
    const reading = connect('http://localhost/', { signal, fetch, idle: false });
    await expect(
      seqsOf(reading, () => void setTimeout(() => controller.abort(new Error('gone within')), 10)),
    ).rejects.toThrow('gone within');
    // While it waits for the next try.
    const waiting = new AbortController();
    const broken = () => Promise.reject(new TypeError('no way'));
    const options = { signal: waiting.signal, fetch: broken, delay: 60_000 };
    setTimeout(() => waiting.abort(new Error('gone between')), 10);
    await expect(seqsOf(connect('http://localhost/', options))).rejects.toThrow('gone between');
  }, 2_000);

  it('leaves nothing behind on a signal that lives long', async () => {
    const { signal } = new AbortController();
    let most = 0;
    let asked = 0;
    const fetch = (_url: unknown, init: RequestInit = {}) => {
      asked++;
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      expect(init.signal).not.toBe(signal);
      const text = asked < 50 ? event(asked) : end(asked);
      return Promise.resolve(new Response(text, { headers: SSE }));
    };
    expect(await seqsOf(connect('http://localhost/', { signal, fetch, delay: 0 }))).toHaveLength(50);
    expect(most).toBe(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('lets go of the server when the consumer throws', async () => {
    let left = 0;
    await using server = await serve((_req, res) => {
      res.on('close', () => left++);
      res.writeHead(200, SSE).write(event(1));
    });
    const connection: Connection = connect(server.url);
    await expect(
      seqsOf(connection, () => {
        throw new Error('the page has failed');
      }),
    ).rejects.toThrow('the page has failed');
    await expect.poll(() => left).toBe(1);
  });
});
