import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Inject, Injectable, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Response as Reply } from 'express';
import type { Observable } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pipeline, Streaming, type Ctx } from 'stepstream';
import { RunRegistry, toNodeResponse } from 'stepstream/http';
import { PipelineModule, toMessageEvents } from 'stepstream/nestjs';
import { allEvents, readEvents, textOf } from './read-events.js';
import { startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

/** Speaks for as long as it is told to, and fails. Nobody listens to its runs: that would be to see their failure. */
@Injectable()
class Failing extends Pipeline<{ pause: number }> {
  readonly diary: Diary;

  constructor(@Inject(Diary) diary: Diary) {
    super();
    this.diary = diary;
  }

  @Streaming()
  async *say({ state }: Ctx<this>) {
    if (state.pause > 0) yield 'half ';
    await sleep(state.pause);
    this.diary.write('failed');
    throw new Error('the model is down');
  }
}

@Controller('runs')
class RunController {
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

  @Sse('failing')
  fails(@Res() response: Reply): Observable<MessageEvent> {
    const run = this.failing.run({ pause: 60 });
    return toMessageEvents(run, { response, onDisconnect: 'detach' });
  }

  @Sse('events')
  events(@Res() response: Reply): Observable<MessageEvent> {
    return toMessageEvents(this.#start(), { response, onDisconnect: 'detach', types: ['token'] });
  }

  @Get('text')
  async text(@Res() response: Reply): Promise<void> {
    await toNodeResponse(this.#start(), response, { format: 'text', onDisconnect: 'detach' });
  }

  #start() {
    return this.runs.start((options) => this.ticker.run({ ticks: 60, pause: 10 }, options));
  }
}

const parts = (abandon?: number) => ({
  imports: [PipelineModule.forRoot({ registry: { abandon } })],
  controllers: [RunController],
  providers: [Diary, Ticker, Failing],
});

const unseen: unknown[] = [];
const onUnseen = (reason: unknown): unknown => unseen.push(reason);
beforeEach(() => void process.on('unhandledRejection', onUnseen));
afterEach(() => void process.off('unhandledRejection', onUnseen));

test('a run that fails when its client has left does not end the server', async () => {
  await using server = await startApp(parts());
  for await (const event of readEvents(await fetch(`${server.url}/runs/failing`))) if (event.event === 'token') break;
  await server.app.get(Diary).until('failed');
  await sleep(20);
  expect(unseen).toEqual([]);
});

test.each(['cancel', 'detach'] as const)('nor does one that nobody has subscribed to (%s)', async (onDisconnect) => {
  const diary = new Diary();
  const left = new AbortController();
  toMessageEvents(new Failing(diary).run({ pause: 0 }), { onDisconnect, signal: left.signal });
  await diary.until('failed');
  await sleep(20);
  left.abort();
  await sleep(20);
  expect(unseen).toEqual([]);
});

test.each(['events', 'text'])('a run that a client reads (%s) is not one that nobody reads', async (how) => {
  await using server = await startApp(parts(150));
  const response = await fetch(`${server.url}/runs/${how}`);
  const text = how === 'text' ? await response.text() : textOf(await allEvents(response));
  expect(text).toBe(Array.from({ length: 60 }, (_, tick) => `${tick} `).join(''));
});

test.each(['events', 'text'])('it is when that client has left (%s)', async (how) => {
  await using server = await startApp(parts(150));
  const reading = new AbortController();
  const { body } = await fetch(`${server.url}/runs/${how}`, { signal: reading.signal });
  await body!.getReader().read();
  reading.abort();
  await server.app.get(Diary).until('run cancelled');
  expect(server.app.get(Diary).entries).toEqual(['startup', 'aborted', 'run cancelled']);
});

test.each([{ lastEventId: 'x' }, { heartbeat: 0 }, { response: { raw: {} } as never }])(
  'a run that is refused to its client (%j) does not go on for nobody',
  async (refused) => {
    const diary = new Diary();
    expect(() => toMessageEvents(new Ticker(diary).run({ ticks: 5 }), refused)).toThrow();
    await sleep(100);
    expect(diary.entries).toEqual([]);
  },
);

test('a hostile position does not end a run that is kept for others', async () => {
  const diary = new Diary();
  const runs = new RunRegistry();
  const run = runs.start((options) => new Ticker(diary).run({ ticks: 20 }, options));
  expect(() => toMessageEvents(runs.find(run.id)!, { lastEventId: '-1' })).toThrow('Bad Request');
  expect((await run.result).text).toBe(Array.from({ length: 20 }, (_, tick) => `${tick} `).join(''));
});
