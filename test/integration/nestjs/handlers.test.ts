import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response as Reply } from 'express';
import { expect, test } from 'vitest';
import { RunRegistry, sendResponse, toNodeResponse, toResponse, type ResponseOptions } from 'stepstream/http';
import { PipelineModule } from 'stepstream/nestjs';
import { nestMajor } from './nest-major.js';
import { allEvents, readEvents, textOf, type Received } from './read-events.js';
import { startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

@Controller('chat')
class ChatController {
  readonly ticker: Ticker;
  readonly runs: RunRegistry;

  constructor(@Inject(Ticker) ticker: Ticker, @Inject(RunRegistry) runs: RunRegistry) {
    this.ticker = ticker;
    this.runs = runs;
  }

  @Post()
  async start(
    @Body() { ticks }: { ticks?: unknown },
    @Headers('x-user') owner: string,
    @Query('format') format: ResponseOptions['format'],
    @Res() res: Reply,
  ): Promise<void> {
    if (typeof ticks !== 'number') throw new BadRequestException('ticks must be a number.');
    const run = this.runs.start((options) => this.ticker.run({ ticks }, options), { owner });
    await toNodeResponse(run, res, { format, headers: { 'x-run-id': run.id } });
  }

  @Get(':id/rest')
  async attach(
    @Param('id') id: string,
    @Headers('x-user') owner: string,
    @Headers('last-event-id') lastEventId: string,
    @Res() res: Reply,
  ): Promise<void> {
    await sendResponse(await this.runs.attach(id, { owner, lastEventId }), res);
  }

  @Delete(':id')
  async stop(@Param('id') id: string, @Headers('x-user') owner: string): Promise<void> {
    if (!(await this.runs.cancel(id, { owner, reason: 'Stop was pressed.' }))) throw new NotFoundException();
  }

  /** The client has left before the run is there, or before it is sent. */
  @Get('leaving/:how/:when')
  async leaving(
    @Param('how') how: string,
    @Param('when') when: string,
    @Query('leave') onDisconnect: 'cancel' | 'detach',
    @Res({ passthrough: true }) res: Reply,
  ): Promise<Response | undefined> {
    const { diary } = this.ticker;
    const closed = new Promise<void>((resolve) => res.once('close', resolve));
    diary.write('asked');
    if (when === 'before') await closed;
    const run = this.ticker.run({ ticks: 40 });
    run.once('run-end', ({ status }) => diary.write(`end ${status}`));
    const response = toResponse(run, { onDisconnect });
    if (when === 'after') await closed;
    if (how === 'returned') return response;
    diary.write(await sendResponse(response, res));
    return undefined;
  }

  @Get('returned/response')
  response(@Query('n') n: string): Response {
    return toResponse(this.ticker.run({ ticks: Number(n), pause: 5 }));
  }

  @Get('returned/tokens')
  tokens(@Query('n') n: string): AsyncIterable<unknown> {
    return this.ticker.run({ ticks: Number(n), pause: 5 }).tokens();
  }

  @Get('returned/events')
  events(@Query('n') n: string): AsyncIterable<unknown> {
    return this.ticker.run({ ticks: Number(n), pause: 5 }).events();
  }
}

const parts = { imports: [PipelineModule.forRoot()], controllers: [ChatController], providers: [Diary, Ticker] };
const numbers = (count: number): string => Array.from({ length: count }, (_, tick) => `${tick} `).join('');

const post = (url: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${url}/chat${init.method ?? ''}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': 'ann' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });

test('toNodeResponse sends a run as @Res() in its formats', async () => {
  await using server = await startApp(parts);
  const sse = await post(server.url, { ticks: 30 });
  expect(sse.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(textOf(await allEvents(sse))).toBe(numbers(30));
  const text = await fetch(`${server.url}/chat?format=text`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"ticks":3}',
  });
  expect(await text.text()).toBe(numbers(3));
});

test('what is refused before the stream is a 4xx of Nest, without a header of a stream', async () => {
  await using server = await startApp(parts);
  for (const body of ['{"ticks":', { ticks: 'many' }]) {
    const refused = await post(server.url, body);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    expect(Object.keys((await refused.json()) as object)).not.toContain('stack');
  }
  const huge = await post(server.url, { ticks: 1, more: 'x'.repeat(200_000) });
  expect(huge.status).toBe(413);
  expect(server.app.get(Diary).entries).toEqual(['startup']);
});

test('a client that leaves ends the run', async () => {
  await using server = await startApp(parts);
  for await (const event of readEvents(await post(server.url, { ticks: 100_000 }))) if (event.event === 'token') break;
  await server.app.get(Diary).until('run cancelled');
  expect(server.app.get(Diary).entries).toEqual(['startup', 'aborted', 'run cancelled']);
});

test('a run is stopped by its id, by its owner alone, and read again after that', async () => {
  await using server = await startApp(parts);
  const stop = (id: string, user: string) =>
    fetch(`${server.url}/chat/${id}`, { method: 'DELETE', headers: { 'x-user': user } });
  const response = await post(server.url, { ticks: 100_000 });
  const id = response.headers.get('x-run-id')!;
  const read: Received[] = [];
  for await (const event of readEvents(response)) {
    read.push(event);
    if (read.length !== 4) continue;
    expect((await stop(id, 'eve')).status).toBe(404);
    expect((await stop(id, 'ann')).status).toBe(200);
  }
  expect(read.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'cancelled' });
  const attach = (user: string, lastEventId: string) =>
    fetch(`${server.url}/chat/${id}/rest`, { headers: { 'x-user': user, 'last-event-id': lastEventId } });
  expect((await attach('eve', '2')).status).toBe(404);
  expect(await allEvents(await attach('ann', read[1].id!))).toEqual(read.slice(2));
});

const RETURNED = [
  ['response', 'text/event-stream; charset=utf-8'],
  ['tokens', 'text/plain; charset=utf-8'],
  ['events', 'application/x-ndjson'],
] as const;

test.skipIf(nestMajor < 12).each(RETURNED)('on Nest 12 a handler may return a stream: %s', async (kind, type) => {
  await using server = await startApp(parts);
  const response = await fetch(`${server.url}/chat/returned/${kind}?n=30`);
  expect(response.headers.get('content-type')).toBe(type);
  const pieces: string[] = [];
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>)
    pieces.push(piece);
  // As it comes, not when it is over.
  expect(pieces.length).toBeGreaterThan(10);
  const values = {
    response: () => [...pieces.join('').matchAll(/"value":"(\d+ )"/g)].map(([, value]) => value).join(''),
    tokens: () => pieces.join(''),
    events: () =>
      pieces
        .join('')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { value?: string }).value ?? '')
        .join(''),
  };
  expect(values[kind]()).toBe(numbers(30));
});

test.skipIf(nestMajor < 12).each(RETURNED)(
  'on Nest 12 a client that leaves ends the run of a returned %s',
  async (kind) => {
    await using server = await startApp(parts);
    const { body } = await fetch(`${server.url}/chat/returned/${kind}?n=100000`);
    const reader = body!.getReader();
    await reader.read();
    await reader.cancel();
    await server.app.get(Diary).until('run cancelled');
    expect(server.app.get(Diary).entries).toEqual(['startup', 'aborted', 'run cancelled']);
  },
);

test.skipIf(nestMajor >= 12)(
  'on Nest 11 a returned iterable is an empty object, so toNodeResponse is for it',
  async () => {
    // Nobody reads its run, which lasts until the application goes.
    await using server = await startApp({ ...parts, imports: [PipelineModule.forRoot({ drainTimeout: 100 })] });
    const response = await fetch(`${server.url}/chat/returned/response?n=1`);
    expect(await response.json()).toEqual({});
  },
);

/** Where what is returned can be sent. */
const WAYS = nestMajor >= 12 ? ['sent', 'returned'] : ['sent'];
const LEAVING = WAYS.flatMap((how) => ['before', 'after'].map((when) => [how, when] as const));

test.each(LEAVING)('a client that leaves while a response is set up (%s, %s) ends the run', async (how, when) => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  const leaving = new AbortController();
  const asking = fetch(`${server.url}/chat/leaving/${how}/${when}?leave=cancel`, { signal: leaving.signal });
  await diary.until('asked');
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await diary.until('end cancelled');
  if (how === 'sent') await diary.until('disconnected');
  expect(diary.entries).not.toContain('done');
});

test.each(LEAVING)('with detach the run of such a client (%s, %s) goes on', async (how, when) => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  const leaving = new AbortController();
  const asking = fetch(`${server.url}/chat/leaving/${how}/${when}?leave=detach`, { signal: leaving.signal });
  await diary.until('asked');
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await diary.until('end success');
  expect(diary.entries).toContain('done');
});
