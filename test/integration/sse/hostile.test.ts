import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyRun } from 'stepstream';
import { RunRegistry, sendResponse, type ResponseFormat } from 'stepstream/http';
import { serve, type Server } from '../../http/serve.js';
import { readRaw, type RawAnswer } from './raw-client.js';
import { Says } from './odd-values.js';

const ODD_IDS = ['a b', 'ä/ö', '%00', '../etc', '__proto__', 'constructor', '<script>', '😀', 'x'.repeat(128)];

describe('what somebody hostile asks of a registry over a socket', () => {
  const runs = new RunRegistry();
  const started = new Map<string, AnyRun>();
  const wrong: unknown[] = [];
  let server: Server;

  const start = (id: string, owner?: string): AnyRun => {
    const begin = (options: { readonly buffer: number }) => new Says().run({ words: ['a', 'b'] }, { ...options, id });
    return runs.start(begin, owner === undefined ? {} : { owner });
  };

  beforeAll(async () => {
    for (const id of ['mine', ...ODD_IDS]) started.set(id, start(id));
    started.set('hers', start('hers', 'ada'));
    await Promise.all([...started.values()].map(({ result }) => result));
    server = await serve(async (req, res) => {
      try {
        const { pathname, searchParams } = new URL(req.url!, 'http://localhost');
        const format = (searchParams.get('format') ?? 'sse') as ResponseFormat;
        const lastEventId = req.headers['last-event-id'];
        const id = decodeURIComponent(pathname.slice(1));
        await sendResponse(await runs.attach(id, { format, lastEventId, owner: 'eve' }), res);
      } catch (error) {
        // An answer of the 5xx kind that a framework would give.
        wrong.push(error);
        res.writeHead(500).end();
      }
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = (id: string, headers: readonly string[] = []): Promise<RawAnswer> =>
    readRaw(server.url + encodeURIComponent(id), { headers });
  const askAfter = (value: string): Promise<RawAnswer> => ask('mine', [`Last-Event-ID: ${value}`]);

  const expectRefusal = ({ status, headers, body }: RawAnswer, expected: number, code: string): void => {
    expect(status).toBe(expected);
    expect(headers).toContain('content-type: application/json');
    expect(headers).toContain('cache-control: no-store');
    expect(headers).not.toMatch(/event-stream|x-accel/);
    expect(JSON.parse(body.toString())).toEqual({ error: { code, message: expect.any(String) as string } });
  };

  it.each([
    '-1',
    '+1',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    '1.5',
    '1,2',
    '1 2',
    '9007199254740993',
    '9'.repeat(16),
    '9'.repeat(40),
    'null',
    'undefined',
    '[object Object]',
    "1' OR '1'='1",
    '1%0d%0aX-Injected: yes',
    '\u00b9',
    '\u00e9\u00ff',
    '1\t1',
  ])('is 400 for the position %j, before any header of a stream', async (value) => {
    expectRefusal(await askAfter(value), 400, 'INVALID_POSITION');
  });

  it('is 400 for two positions at once', async () => {
    expectRefusal(await ask('mine', ['Last-Event-ID: 1', 'Last-Event-ID: 2']), 400, 'INVALID_POSITION');
  });

  it('lets nothing through a header of several lines', async () => {
    const { status, headers } = await askAfter('1\r\nX-Injected: yes');
    expect(status).toBe(200);
    expect(headers).not.toContain('x-injected');
    const folded = await askAfter('1\r\n 2');
    expect(folded.status).toBe(400);
  });

  it('is 404 for a run that there is not and for a run of somebody else, and these are the same', async () => {
    const [unknown, foreign] = [await ask('nothing'), await ask('hers')];
    for (const answer of [unknown, foreign]) expectRefusal(answer, 404, 'RUN_NOT_FOUND');
    expect(foreign.body).toEqual(unknown.body);
    // A position says nothing of it either.
    expectRefusal(await ask('hers', ['Last-Event-ID: -1']), 404, 'RUN_NOT_FOUND');
    for (const id of ['toString', 'x'.repeat(3_000), '', '\0', '\ud7ff\u0000', 'MINE', 'mine ', '.', 'hers%00'])
      expectRefusal(await ask(id), 404, 'RUN_NOT_FOUND');
  });

  it.each(ODD_IDS)('is the run with the id %j', async (id) => {
    const { status, body } = await ask(id);
    expect(status).toBe(200);
    expect(body.toString()).toContain(`"runId":${JSON.stringify(id)}`);
    expect(body.toString()).toMatch(/event: run-end\n.*\n\n$/);
  });

  it('is never 5xx and never silence, whatever stands where a position should', { timeout: 60_000 }, async () => {
    const next = random(20261122);
    const counts = new Map<number, number>();
    for (let round = 0; round < 300; round++) {
      const value = hostile(next);
      const { status, ended, headers } = await within(askAfter(value), 2_000, value);
      expect(ended).toBe(true);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      // Node itself refuses what is no header at all, with 400 or, where it is too long, 431.
      expect([200, 204, 400, 431]).toContain(status);
      if (status === 200) expect(headers).toContain('text/event-stream');
      if (status === 200 || status === 204) expect(value.trim()).toMatch(/^\d{0,16}$/);
    }
    expect(wrong).toEqual([]);
    expect(counts.get(400)).toBeGreaterThan(150);
    expect(counts.get(200)).toBeGreaterThan(5);
  });
});

const PIECES = [
  '1',
  '-',
  '0',
  '9',
  '.',
  'e',
  'x',
  '\0',
  '\t',
  ' ',
  ',',
  ';',
  '%',
  '\u0080',
  '\u00ff',
  '\x1b',
  '\r',
  '"',
];

function hostile(next: () => number): string {
  const pick = (): string => PIECES[Math.floor(next() * PIECES.length)];
  const kind = next();
  if (kind < 0.1) return String(Math.floor(next() * 12));
  if (kind < 0.2) return String(Math.floor(next() ** 8 * Number.MAX_SAFE_INTEGER) * (next() < 0.5 ? 1 : -1));
  if (kind < 0.25) return pick().repeat(Math.floor(next() * 20_000));
  return Array.from({ length: Math.floor(next() * 12) }, pick).join('');
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

async function within<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer: ${JSON.stringify(what)}`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
