import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { connect, type ConnectOptions, type WireEvent } from 'stepstream/client';
import { serve } from '../../http/serve.js';

const SSE = { 'content-type': 'text/event-stream' };
const event = (seq: number, more: object = {}): string =>
  `id: ${seq}\ndata: ${JSON.stringify({ type: 'token', runId: 'a', seq, path: [], step: 's', visit: 1, value: `${seq} `, ...more })}\n\n`;
const end = (seq: number): string => event(seq, { type: 'run-end', status: 'success' });

/** Answers each request with the next of these; whoever asks once more is told so. */
function answering(...answers: (() => Response | Promise<Response>)[]) {
  const asked: Headers[] = [];
  const at: number[] = [];
  const fetch = async (_url: unknown, { headers }: RequestInit = {}) => {
    asked.push(new Headers(headers));
    at.push(performance.now());
    const answer = answers[asked.length - 1];
    if (answer === undefined) throw new Error('it was asked too often');
    return answer();
  };
  return { fetch, asked, at };
}

const stream = (text: string) => () => new Response(text, { headers: SSE });

async function read(options: ConnectOptions, seen: WireEvent[] = [], url = 'http://localhost/'): Promise<WireEvent[]> {
  for await (const said of connect(url, options)) seen.push(said);
  return seen;
}

const seqs = (events: readonly WireEvent[]): number[] => events.map(({ seq }) => seq);

describe('what comes over the wire', () => {
  it('gives out what has come before a failure in the same piece', async () => {
    const failed = 'data: {"type":"stream-error","error":{"name":"Error","message":"broken"}}\n\n';
    for (const [last, code] of [
      [failed, 'STREAM_FAILED'],
      ['data: ?\n\n', 'NOT_A_STREAM'],
    ]) {
      const seen: WireEvent[] = [];
      const { fetch } = answering(stream(event(1) + event(2) + last));
      await expect(read({ fetch }, seen)).rejects.toMatchObject({ code });
      expect(seqs(seen)).toEqual([1, 2]);
    }
  });

  it('never mixes two runs: what answers after a cut must be the same', async () => {
    const seen: WireEvent[] = [];
    const other = event(1, { runId: 'b' }) + event(2, { runId: 'b' }) + event(3, { runId: 'b' });
    const { fetch, asked } = answering(stream(event(1) + event(2)), stream(other));
    await expect(read({ fetch, delay: 0 }, seen)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(seqs(seen)).toEqual([1, 2]);
    expect(asked).toHaveLength(2);
  });

  it('reads letters and lines that are cut anywhere, a byte order mark, and CRLF', async () => {
    const text = `\uFEFF${event(1, { value: 'é€😀' }).replaceAll('\n', '\r\n')}${end(2).replaceAll('\n', '\r\n')}`;
    const bytes = new TextEncoder().encode(text);
    const fetch = () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'Text/Event-Stream; charset=utf-8' } }));
    };
    const [token, last] = await read({ fetch });
    expect(token).toMatchObject({ value: 'é€😀' });
    expect(last.type).toBe('run-end');
  });

  it('does not count the time of its reader as silence', async () => {
    await using server = await serve(async (_req, res) => {
      res.writeHead(200, SSE).write(event(1));
      await sleep(5);
      res.write(event(2));
      await sleep(20);
      res.end(end(3));
    });
    const seen: number[] = [];
    for await (const { seq } of connect(server.url, { idle: 600, retries: 0 })) {
      seen.push(seq);
      await sleep(700);
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it('waits as long as the server wants, within reason', async () => {
    const busy = () => new Response('busy', { status: 503, headers: { 'retry-after': '1' } });
    const { fetch, at } = answering(busy, stream(`retry: 0\n\n${event(1)}`), stream(end(2)));
    expect(seqs(await read({ fetch, delay: 0 }))).toEqual([1, 2]);
    expect(at[1] - at[0]).toBeGreaterThan(990);
    // A server that says 0 is not asked without a pause.
    expect(at[2] - at[1]).toBeGreaterThan(45);
  });

  it('does not give up while the browser is offline', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    const down = () => Promise.reject(new TypeError('Failed to fetch'));
    const back = () => {
      vi.unstubAllGlobals();
      return Promise.resolve(new Response(end(1), { headers: SSE }));
    };
    const { fetch } = answering(down, down, down, back);
    expect(seqs(await read({ fetch, delay: 0, retries: 1 }))).toEqual([1]);
  });

  it('says at once what can not be sent, and sends nothing', async () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    for (const body of [{ n: 1n }, loop, () => 1, Symbol('no')]) {
      expect(() => connect('http://localhost/', { body })).toThrow(
        expect.objectContaining({ name: 'MisuseError', code: 'INVALID_CONNECT_OPTION' }),
      );
    }
    // Outside of a page there is nothing that it could be relative to; a fetch of one's own may know.
    for (const url of ['/runs', 'http://'])
      expect(() => connect(url)).toThrow(expect.objectContaining({ code: 'INVALID_CONNECT_OPTION' }));
    const { fetch } = answering(stream(end(1)));
    expect(seqs(await read({ fetch }, [], '/runs'))).toEqual([1]);
  });

  it('throws what keeps it from asking at all as it is', async () => {
    const { fetch, asked } = answering();
    const headers = () => {
      throw new Error('no key');
    };
    await expect(read({ fetch, headers })).rejects.toThrow('no key');
    await expect(read({ fetch, headers, body: {} })).rejects.toThrow('no key');
    await expect(read({ fetch, headers: { 'x y': '1' } })).rejects.toThrow(TypeError);
    expect(asked).toHaveLength(0);
  });

  it('goes on where the headers of a new try are not to be had at first', async () => {
    const { fetch, asked } = answering(stream(event(1)), stream(end(2)));
    let tries = 0;
    const headers = () => (++tries === 2 ? Promise.reject(new TypeError('Failed to fetch')) : {});
    expect(seqs(await read({ fetch, headers, delay: 0 }))).toEqual([1, 2]);
    expect(asked.map((sent) => sent.get('last-event-id'))).toEqual([null, '1']);
  });

  it('counts a fetch that throws, as one that rejects', async () => {
    let asked = 0;
    const fetch = () => {
      asked++;
      throw new TypeError('synchronously');
    };
    await expect(read({ fetch, delay: 0, retries: 2 })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(asked).toBe(3);
  });
});
