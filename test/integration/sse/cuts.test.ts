import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { RunRegistry, sendResponse, type ResponseFormat } from 'stepstream/http';
import { serve } from '../../http/serve.js';
import { gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';
import { readRaw } from './raw-client.js';

const EVENTS = 300;

/** 294 tokens, each with characters of several bytes, when it is asked to go on or in its own time: a run of 300 events. */
class Long extends Pipeline<{ pause: number }> {
  #allowed = 0;
  #gate = gate();

  /** Lets it make so many tokens more at once. */
  goOn(tokens: number): void {
    this.#allowed += tokens;
    this.#gate.open();
    this.#gate = gate();
  }

  @Step({ to: 'respond' })
  begin() {}

  @Streaming()
  async *respond({ state }: Ctx<this>) {
    for (let made = 1; made <= EVENTS - 6; made++) {
      yield `${made} € 😀\n`;
      if (this.#allowed === 0) await Promise.race([this.#gate.promise, sleep(state.pause)]);
      if (this.#allowed > 0) this.#allowed--;
    }
  }
}

/** Numbers from 0 to below 1, the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Where connections break: anywhere, but later each time that one has brought nothing, as an event may be long. */
function breaks(seed: number) {
  const next = random(seed);
  let [bound, upTo] = [400, 0];
  const choose = (): void => void (upTo = 1 + Math.floor(next() * bound));
  choose();
  return {
    cut: ({ length }: Buffer): number | undefined => (length >= upTo ? upTo : undefined),
    brought(events: number): void {
      bound = events > 0 ? 400 : bound * 2;
      choose();
    },
  };
}

/** A run that goes on by itself, and a server from which it can be read by anybody who knows where to begin. */
async function serveLong(format: ResponseFormat, pause: number, perRequest: number) {
  const runs = new RunRegistry();
  const bot = new Long();
  const run = runs.start((options) => bot.run({ pause }, options));
  const server = await serve(async (req, res) => {
    bot.goOn(perRequest);
    const after = Number(/\/after\/(\d+)$/.exec(req.url!)?.[1] ?? 0);
    const lastEventId = req.headers['last-event-id'] as string | undefined;
    await sendResponse(await runs.attach(run.id, { format, after, lastEventId }), res);
  });
  const told = async (): Promise<RunEvent[]> => {
    const events: RunEvent[] = [];
    for await (const event of run.events()) events.push(event);
    expect(events).toHaveLength(EVENTS);
    return events;
  };
  return { runs, run, server, told };
}

/** The complete events of what came. */
function parse(body: Buffer): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(body.toString('utf8'));
  return messages;
}

interface Cuts {
  cut(body: Buffer): number | undefined;
  brought?(events: number): void;
}

/** Reads on behind the last complete event each time, until the run's end has come; how often it was cut. */
async function readOn(url: string, cuts: Cuts, runs: RunRegistry, read: typeof readEvents) {
  const received: RunEvent[] = [];
  const counted = { all: 0, whileLive: 0 };
  while (received.at(-1)?.type !== 'run-end') {
    const { events, ended } = await read(url, received.at(-1)?.seq, cuts);
    received.push(...events);
    cuts.brought?.(events.length);
    if (ended) continue;
    counted.all++;
    if (runs.live === 1) counted.whileLive++;
  }
  return { received, counted };
}

async function readEvents(url: string, after: number | undefined, { cut }: Cuts) {
  const headers = after === undefined ? [] : [`Last-Event-ID: ${after}`];
  const { status, body, ended } = await readRaw(url, { headers, cut });
  expect(status).toBe(200);
  return { events: parse(body).map(({ data }) => JSON.parse(data) as RunEvent), ended };
}

async function readLines(url: string, after: number | undefined, { cut }: Cuts) {
  const { status, body, ended } = await readRaw(`${url}after/${after ?? 0}`, { cut });
  expect(status).toBe(200);
  const lines = body.toString('utf8').split('\n').slice(0, -1);
  return { events: lines.map((line) => JSON.parse(line) as RunEvent), ended };
}

describe('a stream of 300 events that is cut while its run goes on', () => {
  it('at every event boundary: what was received is what was sent', async () => {
    const { runs, server, told } = await serveLong('sse', 100, 1);
    await using _server = server;
    const boundary = (body: Buffer): number | undefined => {
      const at = body.indexOf('\n\n');
      return at < 0 ? undefined : at + 2;
    };
    const { received, counted } = await readOn(server.url, { cut: boundary }, runs, readEvents);
    expect(received).toEqual(await told());
    expect(counted.all).toBe(EVENTS);
    expect(counted.whileLive).toBeGreaterThan(150);
  });

  it.each([
    ['sse', 1, readEvents],
    ['sse', 2, readEvents],
    ['ndjson', 3, readLines],
  ] as const)('at random bytes, as %s (seed %d): what was received is what was sent', async (format, seed, read) => {
    const { runs, server, told } = await serveLong(format, 100, 2);
    await using _server = server;
    const { received, counted } = await readOn(server.url, breaks(seed), runs, read);
    expect(received).toEqual(await told());
    expect(counted.all).toBeGreaterThanOrEqual(200);
    expect(counted.whileLive).toBeGreaterThan(50);
  });

  it.each(['ui-message-stream', 'text'] as const)('is sent whole again, the same bytes, as %s', async (format) => {
    const { runs, run, server } = await serveLong(format, 5, 0);
    await using _server = server;
    const next = random(5);
    const pieces: Buffer[] = [];
    let whileLive = 0;
    while (pieces.length < 40) {
      const upTo = 1 + Math.floor(next() ** 2 * 4_000);
      const { body } = await readRaw(server.url, { cut: ({ length }) => (length >= upTo ? upTo : undefined) });
      pieces.push(body);
      if (runs.live === 1) whileLive++;
    }
    expect(whileLive).toBeGreaterThan(2);
    const { body, ended } = await readRaw(server.url);
    expect(ended).toBe(true);
    for (const piece of pieces) expect(body.subarray(0, piece.length).equals(piece)).toBe(true);
    const { text } = await run.result;
    if (format === 'text') expect(body.toString('utf8')).toBe(text);
    else {
      const deltas = parse(body).flatMap(({ data }) =>
        data === '[DONE]' ? [] : ((JSON.parse(data) as { delta?: string }).delta ?? []),
      );
      expect(deltas.join('')).toBe(text);
    }
  });
});
