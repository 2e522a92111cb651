import {
  Controller,
  Inject,
  NotFoundException,
  Param,
  Query,
  Req,
  Res,
  Sse,
  SseSignal,
  type MessageEvent,
} from '@nestjs/common';
import type { Request, Response as Reply } from 'express';
import { lastValueFrom, take, toArray, type Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { Pipeline, Step, Streaming, suspend, type Ctx } from 'stepstream';
import { RunRegistry } from 'stepstream/http';
import { PipelineModule, toMessageEvents } from 'stepstream/nestjs';
import { allEvents, readEvents, textOf } from './read-events.js';
import { suspendedOf } from '../../support/suspended-of.js';
import { startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

class Failing extends Pipeline<{ when: 'before' | 'within' }> {
  @Step({ to: 'say' })
  check({ state }: Ctx<this>) {
    if (state.when === 'before') throw Object.assign(new Error('no'), { code: 'REFUSED' });
  }

  @Streaming()
  async *say() {
    yield 'half ';
    throw Object.assign(new Error('the model is down', { cause: new Error('SECRET') }), { code: 'MODEL_DOWN' });
  }
}

@Controller('chat')
class ChatController {
  readonly ticker: Ticker;
  readonly failing: Failing;
  readonly runs: RunRegistry;
  readonly diary: Diary;

  constructor(
    @Inject(Ticker) ticker: Ticker,
    @Inject(Failing) failing: Failing,
    @Inject(RunRegistry) runs: RunRegistry,
    @Inject(Diary) diary: Diary,
  ) {
    this.ticker = ticker;
    this.failing = failing;
    this.runs = runs;
    this.diary = diary;
  }

  @Sse('ticks')
  ticks(@Query('n') n: string): Observable<MessageEvent> {
    return toMessageEvents(this.ticker.run({ ticks: Number(n) }));
  }

  @Sse('ids')
  ids(@Query('n') n: string): Observable<MessageEvent> {
    const run = this.runs.start((options) => this.ticker.run({ ticks: Number(n) }, { id: 'the-run', ...options }));
    return toMessageEvents(run, { onDisconnect: 'detach', types: ['token'] });
  }

  @Sse('again/:id')
  again(@Param('id') id: string, @Req() req: Request): Observable<MessageEvent> {
    const run = this.runs.find(id);
    if (run === undefined) throw new NotFoundException({ error: { code: 'RUN_NOT_FOUND', message: 'No such run.' } });
    return toMessageEvents(run, {
      lastEventId: req.headers['last-event-id'],
      onDisconnect: 'detach',
      types: ['token'],
    });
  }

  @Sse('quiet')
  quiet(): Observable<MessageEvent> {
    return toMessageEvents(this.ticker.run({ ticks: 2, pause: 100 }), { heartbeat: 20, types: ['token'] });
  }

  @Sse('late')
  async late(): Promise<Observable<MessageEvent>> {
    const run = this.ticker.run({ ticks: 2 });
    await run.result;
    return toMessageEvents(run);
  }

  @Sse('described')
  described(): Observable<MessageEvent> {
    const describeError = () => ({ code: 'BUSY', message: 'Try again.' });
    return toMessageEvents(this.failing.run({ when: 'within' }), { describeError, types: ['token'] });
  }

  @Sse('failing/:when')
  fails(@Param('when') when: 'before' | 'within'): Observable<MessageEvent> {
    return toMessageEvents(this.failing.run({ when }));
  }

  /** The client has time to leave before the run is there, or before the run is sent. */
  @Sse('setup/:when')
  async setUp(
    @Param('when') when: string,
    @Query('leave') leave: 'cancel' | 'detach',
    @Res() response: Reply,
    @SseSignal() signal: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    this.diary.write('asked');
    if (when.startsWith('before')) await this.#gone(signal);
    const run = this.ticker.run({ ticks: 40 });
    run.once('run-end', ({ status }) => this.diary.write(`end ${status}`));
    const known = when.endsWith('signal') ? { signal } : when.endsWith('response') ? { response } : {};
    const events = toMessageEvents(run, { onDisconnect: leave, ...known });
    if (when.startsWith('after')) await this.#gone(signal);
    return events;
  }

  #gone(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  }
}

const parts = {
  imports: [PipelineModule.forRoot()],
  controllers: [ChatController],
  providers: [Diary, Ticker, Failing],
};

test('an @Sse() method sends the events of a run as they come, with seq as id', async () => {
  await using server = await startApp(parts);
  const times: number[] = [];
  const events = [];
  for await (const event of readEvents(await fetch(`${server.url}/chat/ticks?n=40`))) {
    events.push(event);
    if (event.event === 'token') times.push(performance.now());
  }
  expect(textOf(events)).toBe(Array.from({ length: 40 }, (_, tick) => `${tick} `).join(''));
  // hooks are the server's own business: their numbers are missing
  expect(
    events.map(({ event, data }) => (event === data.type ? event : 'differ')).filter((type) => type !== 'token'),
  ).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
  expect(events.every(({ id, data }) => id === String(data.seq))).toBe(true);
  expect(events.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'success' });
  // One by one: 40 pauses of two milliseconds lie between the first and the last.
  expect(times.at(-1)! - times[0]).toBeGreaterThan(60);
});

test('a client that leaves ends the run: signal, finally and hooks, and the pipeline stays open', async () => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  for await (const event of readEvents(await fetch(`${server.url}/chat/ticks?n=100000`)))
    if (event.event === 'token') break;
  await diary.until('run cancelled');
  expect(diary.entries).toEqual(['startup', 'aborted', 'run cancelled']);
});

test('with detach the run goes on, and an @Sse() method sends the rest to the client when it is back', async () => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  const first = [];
  for await (const event of readEvents(await fetch(`${server.url}/chat/ids?n=60`))) {
    first.push(event);
    if (first.length === 5) break;
  }
  await diary.until('run success');
  const headers = { 'last-event-id': first.at(-1)!.id! };
  const rest = await allEvents(await fetch(`${server.url}/chat/again/the-run`, { headers }));
  expect(textOf([...first, ...rest])).toBe(Array.from({ length: 60 }, (_, tick) => `${tick} `).join(''));
  expect(rest.at(-1)!.event).toBe('run-end');
  // Who has read the end is told not to come again.
  const over = await fetch(`${server.url}/chat/again/the-run`, { headers: { 'last-event-id': rest.at(-1)!.id! } });
  expect([over.status, await over.text()]).toEqual([204, '']);
});

test('what is wrong before the stream is answered by Nest with a status', async () => {
  await using server = await startApp(parts);
  const unknown = await fetch(`${server.url}/chat/again/nobody`);
  expect([unknown.status, await unknown.json()]).toEqual([
    404,
    { error: { code: 'RUN_NOT_FOUND', message: 'No such run.' } },
  ]);
  await allEvents(await fetch(`${server.url}/chat/ids?n=1`));
  const headers = { 'last-event-id': "1; DROP TABLE 'runs'" };
  const hostile = await fetch(`${server.url}/chat/again/the-run`, { headers });
  expect([hostile.status, await hostile.json()]).toEqual([
    400,
    { error: { code: 'INVALID_POSITION', message: 'This is no position in the events of a run.' } },
  ]);
});

test('events that are no longer kept are answered with 410', async () => {
  await using server = await startApp({ ...parts, imports: [PipelineModule.forRoot({ registry: { buffer: 10 } })] });
  const all = await allEvents(await fetch(`${server.url}/chat/ids?n=80`));
  for (const headers of [{ 'last-event-id': '3' }, {}] as Record<string, string>[]) {
    const gone = await fetch(`${server.url}/chat/again/the-run`, { headers });
    expect([gone.status, await gone.json()]).toEqual([
      410,
      { error: { code: 'EVENTS_GONE', message: 'Events behind this position are no longer kept.' } },
    ]);
  }
  // What is still kept is sent.
  const headers = { 'last-event-id': all.at(-4)!.id! };
  const rest = await allEvents(await fetch(`${server.url}/chat/again/the-run`, { headers }));
  expect(rest).toEqual(all.slice(-3));
});

test('a client that names a position which there never was gets the end of the run', async () => {
  await using server = await startApp(parts);
  const first = readEvents(await fetch(`${server.url}/chat/ids?n=30`));
  await first.next();
  const headers = { 'last-event-id': '999999999' };
  const rest = await allEvents(await fetch(`${server.url}/chat/again/the-run`, { headers }));
  expect(rest.map(({ event }) => event)).toEqual(['run-end']);
  await first.return();
});

test('a resumed run is sent from where its segment begins', async () => {
  class Asking extends Pipeline<object> {
    static readonly pipeline = { name: 'asking' };
    @Step({ to: 'say' })
    ask() {
      return suspend<string>('well?');
    }
    @Streaming()
    async *say({ input }: Ctx<this, string>) {
      yield input;
    }
  }
  const bot = new Asking();
  const { checkpoint } = await suspendedOf(bot.run({}));
  const run = bot.resume(checkpoint, { ask: 'yes' });
  const events = await lastValueFrom(toMessageEvents(run).pipe(toArray()));
  expect(events.map(({ type }) => type)).toEqual([
    'run-start',
    'step-end',
    'step-start',
    'token',
    'step-end',
    'run-end',
  ]);
});

test('a run that fails says so in its last event, without a stack or a cause', async () => {
  await using server = await startApp(parts);
  for (const [when, code, text] of [
    ['before', 'REFUSED', ''],
    ['within', 'MODEL_DOWN', 'half '],
  ]) {
    const response = await fetch(`${server.url}/chat/failing/${when}`);
    const events = await allEvents(response);
    expect([response.status, textOf(events)]).toEqual([200, text]);
    expect(events.at(-1)!.data).toMatchObject({
      type: 'run-end',
      status: 'failed',
      error: { message: expect.any(String) },
    });
    const all = JSON.stringify(events);
    expect(all).toContain(code);
    expect(all).not.toMatch(/SECRET|\.ts:|node_modules/);
  }
  expect(server.errors).toEqual([]);
});

/** When the client leaves, and how that is known; without any of the two after two seconds. */
const SET_UP = [
  'before, by the signal',
  'before, by the response',
  'after, by the signal',
  'after, by the response',
  'after',
];

test.each(SET_UP)('a client that leaves while its stream is set up (%s) ends the run', async (when) => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  const leaving = new AbortController();
  const asking = fetch(`${server.url}/chat/setup/${encodeURIComponent(when)}?leave=cancel`, { signal: leaving.signal });
  await diary.until('asked');
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await diary.until('end cancelled');
  // One that was not begun yet when it was cancelled has nothing to end.
  const begun = when.startsWith('before') ? [] : ['aborted', 'run cancelled'];
  expect(diary.entries).toEqual(['startup', 'asked', ...begun, 'end cancelled']);
});

test.each(SET_UP)('with detach the run of such a client (%s) goes on', async (when) => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  const leaving = new AbortController();
  const asking = fetch(`${server.url}/chat/setup/${encodeURIComponent(when)}?leave=detach`, { signal: leaving.signal });
  await diary.until('asked');
  leaving.abort();
  await expect(asking).rejects.toThrow();
  await diary.until('end success');
  expect(diary.entries).toEqual(['startup', 'asked', 'done', 'run success', 'end success']);
});

test('while nothing happens something is sent that is no event, and leaves the position as it is', async () => {
  await using server = await startApp(parts);
  const text = await (await fetch(`${server.url}/chat/quiet`)).text();
  const [first, second] = [...text.matchAll(/^event: token$/gm)].map(({ index }) => index);
  const between = text.slice(first, second);
  expect(between.match(/^: hb$/gm)!.length).toBeGreaterThan(1);
  const ids = [...between.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(1);
  const events = await allEvents(new Response(text));
  expect(events.map(({ event }) => event)).toEqual(['token', 'token', 'run-end']);
});

test('a run that has begun before it is sent is an error of the server, whose status is not that of a stream', async () => {
  await using server = await startApp(parts);
  const late = await fetch(`${server.url}/chat/late`);
  expect([late.status, await late.json()]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
  expect(server.errors.join()).toContain('This run of Ticker began before anybody iterated over it');
});

test('describeError decides what a client may know', async () => {
  await using server = await startApp(parts);
  const events = await allEvents(await fetch(`${server.url}/chat/described`));
  expect(events.map(({ data: { type, error } }) => [type, error])).toEqual([
    ['token', undefined],
    ['run-end', { name: 'Error', code: 'BUSY', message: 'Try again.', step: 'say', attempt: 1 }],
  ]);
});

test('what toMessageEvents makes has one subscriber', async () => {
  const events = toMessageEvents(new Ticker(new Diary()).run({ ticks: 2 }));
  const first = lastValueFrom(events.pipe(toArray()));
  await expect(lastValueFrom(events)).rejects.toThrow('have one subscriber');
  expect((await first).at(-1)).toMatchObject({ type: 'run-end' });
  expect(() => toMessageEvents(new Ticker(new Diary()).run({ ticks: 2 }), { heartbeat: 0 })).toThrow('heartbeat');
});

test('whoever subscribes when the run was left is told so', async () => {
  const diary = new Diary();
  const events = toMessageEvents(new Ticker(diary).run({ ticks: 100_000 }));
  await diary.until('run cancelled');
  await expect(lastValueFrom(events)).rejects.toMatchObject({
    code: 'SUBSCRIPTION_REFUSED',
    message: expect.stringContaining('were left since nobody had subscribed for two seconds'),
  });
});

test('unsubscribing ends the run, and so does what stops an Observable early', async () => {
  const diary = new Diary();
  const taken = await lastValueFrom(toMessageEvents(new Ticker(diary).run({ ticks: 1_000 })).pipe(take(5), toArray()));
  expect(taken).toHaveLength(5);
  await diary.until('run cancelled');
});
