import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { describe, expect, it } from 'vitest';
import type { AnyRun, RunEvent } from 'stepstream';
import { toNodeResponse, toResponse, type ResponseFormat } from 'stepstream/http';
import { Retrier } from '../../http/bots.js';
import { serve } from '../../http/serve.js';
import { ODD, Says } from './odd-values.js';

const start = (words: readonly string[]): AnyRun => new Says().run({ words: [...words] }, { buffer: 10_000 });

async function listEvents(run: AnyRun): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run.events({ leave: 'detach' })) events.push(event);
  return events;
}

const serveRun = (run: AnyRun, format: ResponseFormat) =>
  serve((_req, res) => toNodeResponse(run, res, { format, onDisconnect: 'detach' }));

/** What a parser has read is what the run has told, in name, place and content. */
async function expectTold(read: readonly EventSourceMessage[], run: AnyRun): Promise<void> {
  const told = await listEvents(run);
  expect(read.map(({ data }) => JSON.parse(data) as RunEvent)).toEqual(told);
  expect(read.map(({ id, event }) => [id, event])).toEqual(told.map(({ seq, type }) => [`${seq}`, type]));
}

async function readWithStream(url: string): Promise<EventSourceMessage[]> {
  const { body } = await fetch(url);
  const read: EventSourceMessage[] = [];
  const messages = body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const message of messages) read.push(message);
  return read;
}

describe('eventsource-parser reads of an sse stream', () => {
  it('every event as the run has told it, whatever the tokens are, byte by byte', async () => {
    const run = start(ODD);
    await using server = await serveRun(run, 'sse');
    const bytes = new Uint8Array(await (await fetch(server.url)).arrayBuffer());
    const read: EventSourceMessage[] = [];
    const comments: string[] = [];
    const parser = createParser({
      onEvent: (event) => read.push(event),
      onComment: (comment) => comments.push(comment),
      onError: (error) => expect.unreachable(error.message),
      onRetry: (retry) => expect.unreachable(`${retry}`),
    });
    const decoder = new TextDecoder();
    for (const byte of bytes) parser.feed(decoder.decode(Uint8Array.of(byte), { stream: true }));
    await expectTold(read, run);
    const values = read.flatMap(({ data }) => (JSON.parse(data) as { value?: string }).value ?? []);
    expect(values).toEqual(ODD);
    expect(comments).toEqual([]);
  });

  it('every event through its own stream, with a retry and what that takes back', async () => {
    const run = new Retrier().run({}, { buffer: 10_000 });
    await using server = await serveRun(run, 'sse');
    const read = await readWithStream(server.url);
    await expectTold(read, run);
    expect(read.map(({ event }) => event)).toContain('token-reset');
  });

  it('tokens of a megabyte', async () => {
    const words = ['x'.repeat(1 << 20), '€'.repeat(1 << 19), '😀'.repeat(1 << 18), '\n'.repeat(1 << 20)];
    const run = start(words);
    await using server = await serveRun(run, 'sse');
    const read = await readWithStream(server.url);
    const values = read.flatMap(({ data }) => (JSON.parse(data) as { value?: string }).value ?? []);
    expect(values.map(({ length }) => length)).toEqual(words.map(({ length }) => length));
    expect(values.every((value, index) => value === words[index])).toBe(true);
    expect(read.at(-1)!.event).toBe('run-end');
  });

  it('the reason why a stream can not go on', async () => {
    const run = new Says().run({ words: ['gone'] });
    const events = run.events();
    await using server = await serveRun(Object.defineProperty(run, 'events', { value: () => events }), 'sse');
    // Somebody else closes what the response reads.
    await events.return?.();
    const read = await readWithStream(server.url);
    expect(read.map(({ event, id }) => [event, id])).toEqual([['stream-error', undefined]]);
    expect(JSON.parse(read[0].data)).toMatchObject({ error: { message: 'The events have ended before the run.' } });
  });
});

describe('the other formats', () => {
  it('have the same events, one a line, in ndjson', async () => {
    const run = start(ODD);
    await using server = await serveRun(run, 'ndjson');
    const text = await (await fetch(server.url)).text();
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as RunEvent)).toEqual(await listEvents(run));
  });

  it('have the same text, where text can say it', async () => {
    const run = start(ODD);
    await using server = await serveRun(run, 'text');
    const bytes = new Uint8Array(await (await fetch(server.url)).arrayBuffer());
    // A half of a character whose other half never comes has no bytes, and is replaced.
    expect(bytes).toEqual(new TextEncoder().encode(ODD.join('')));
  });

  it('keep a character whole that two tokens share', async () => {
    for (const hold of [false, true]) {
      const run = start(['a\ud83d', '\ude00b', '\ud83d', '', '\ude00']);
      expect(await toResponse(run, { format: 'text', hold }).text()).toBe('a😀b😀');
    }
    expect(await toResponse(start(['x', '\ud83d']), { format: 'text' }).text()).toBe('x\ufffd');
    expect(await toResponse(start(['\ud83d', 'x']), { format: 'text' }).text()).toBe('\ufffdx');
  });
});
