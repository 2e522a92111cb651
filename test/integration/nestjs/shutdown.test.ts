import {
  Controller,
  Get,
  Headers,
  Inject,
  Param,
  Post,
  Query,
  ServiceUnavailableException,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { OnShutdown, OnStartup, Pipeline, Step } from 'stepstream';
import { PipelineModule, RunRegistry, toMessageEvents } from 'stepstream/nestjs';
import { gate } from '../../support/gate.js';
import { readEvents, textOf, type Received } from './read-events.js';
import { startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

const late = gate();

@Controller()
class TickController {
  readonly ticker: Ticker;
  readonly runs: RunRegistry;
  readonly diary: Diary;

  constructor(@Inject(Ticker) ticker: Ticker, @Inject(RunRegistry) runs: RunRegistry, @Inject(Diary) diary: Diary) {
    this.ticker = ticker;
    this.runs = runs;
    this.diary = diary;
  }

  @Sse('kept')
  kept(@Query('n') n: string): Observable<MessageEvent> {
    if (this.runs.draining) throw new ServiceUnavailableException('Come again.');
    return toMessageEvents(this.runs.start((options) => this.ticker.run({ ticks: Number(n) }, options)));
  }

  @Sse('direct')
  direct(@Query('n') n: string): Observable<MessageEvent> {
    return toMessageEvents(this.ticker.run({ ticks: Number(n) }));
  }

  @Post('unasked')
  unasked(): { id: string } {
    return { id: this.runs.start((options) => this.ticker.run({ ticks: 1 }, options)).id };
  }

  @Sse('again/:id')
  again(@Param('id') id: string, @Headers('last-event-id') lastEventId: string): Observable<MessageEvent> {
    return toMessageEvents(this.runs.find(id)!, { lastEventId, onDisconnect: 'detach' });
  }

  /** Has come before the shutdown, and starts a run behind it. */
  @Get('late')
  async late(): Promise<string> {
    this.diary.write('asked');
    await late.promise;
    const { status } = await this.ticker.run({ ticks: 100_000 }, { throwOnFailure: false }).result;
    return status;
  }
}

/** Lets go of what runs need when nothing is served any more. */
class Connection {
  readonly diary: Diary;
  constructor(@Inject(Diary) diary: Diary) {
    this.diary = diary;
  }
  onApplicationShutdown(): void {
    this.diary.write('disconnected');
  }
}

const parts = (drainTimeout?: number) => ({
  imports: [PipelineModule.forRoot({ drainTimeout })],
  controllers: [TickController],
  providers: [Diary, Ticker, Connection],
});

/** Reads in the background; `begun` when the first token is there. */
function read(url: string) {
  const begun = gate();
  const events: Received[] = [];
  const ended = (async () => {
    for await (const event of readEvents(await fetch(url))) {
      events.push(event);
      if (event.event === 'token') begun.open();
    }
    return events;
  })();
  return { begun: begun.promise, ended, events };
}

test.each(['kept', 'direct'])('a shutdown lets a %s run come to its end, and takes no new ones', async (how) => {
  const { app, url } = await startApp(parts());
  const { begun, ended } = read(`${url}/${how}?n=150`);
  await begun;
  const closed = app.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const refused = await fetch(`${url}/kept?n=1`);
  expect(refused.status).toBe(503);
  const events = await ended;
  expect(textOf(events)).toBe(Array.from({ length: 150 }, (_, tick) => `${tick} `).join(''));
  expect(events.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'success' });
  await closed;
  expect(app.get(Diary).entries).toEqual(['startup', 'done', 'run success', 'shutdown', 'disconnected']);
});

test.each(['kept', 'direct'])('what a %s run still does after drainTimeout is cancelled, and says so', async (how) => {
  const { app, url } = await startApp(parts(100));
  const { begun, ended } = read(`${url}/${how}?n=1000000`);
  await begun;
  const started = performance.now();
  await app.close();
  const took = performance.now() - started;
  expect([took > 90, took < 3_000]).toEqual([true, true]);
  expect((await ended).at(-1)!.data).toMatchObject({ type: 'run-end', status: 'cancelled' });
  expect(app.get(Diary).entries).toEqual(['startup', 'aborted', 'run cancelled', 'shutdown', 'disconnected']);
});

test('a run that a late request begins is cancelled, so that the server can stop', async () => {
  const { app, url } = await startApp(parts());
  const diary = app.get(Diary);
  const asking = fetch(`${url}/late`).then((response) => response.text());
  await diary.until('asked');
  const closed = app.close();
  await diary.until('shutdown');
  await new Promise((resolve) => setTimeout(resolve, 50));
  late.open();
  expect(await asking).toBe('cancelled');
  await closed;
  expect(diary.entries.slice(0, 3)).toEqual(['startup', 'asked', 'shutdown']);
  expect(diary.entries.at(-1)).toBe('disconnected');
  expect(diary.entries).not.toContain('done');
});

test('while it stops a client comes back to its run, and a run that nobody asked about is an error', async () => {
  const { app, url, errors } = await startApp(parts());
  const { begun, ended, events } = read(`${url}/kept?n=150`);
  await begun;
  const closed = app.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect((await fetch(`${url}/unasked`, { method: 'POST' })).status).toBe(500);
  expect(errors.join()).toContain('This registry is being drained');
  const all = read(`${url}/again/${String(events[0].data.runId)}`);
  expect(await all.ended).toEqual(await ended);
  await closed;
});

test('an application that is stopped twice, by a signal and by its program, stops once', async () => {
  const { app, url, errors } = await startApp(parts());
  const { begun, ended } = read(`${url}/kept?n=60`);
  await begun;
  await Promise.all([app.close(), app.close()]);
  expect((await ended).at(-1)!.data).toMatchObject({ status: 'success' });
  await app.close();
  expect([app.get(Diary).count('shutdown'), errors]).toEqual([1, []]);
});

test('a shutdown hook that fails is logged, and stops neither the others nor the shutdown', async () => {
  class Stubborn extends Pipeline<object> {
    @OnStartup()
    startup() {}
    @Step()
    only() {}
    @OnShutdown()
    shutdown() {
      throw new Error('stuck');
    }
  }
  const { imports, controllers, providers } = parts();
  const { app, errors } = await startApp({ imports, controllers, providers: [Stubborn, ...providers] });
  await app.close();
  expect(app.get(Diary).entries).toEqual(['startup', 'shutdown', 'disconnected']);
  expect(errors.join()).toContain('Stubborn.shutdown');
});

test('an application can be closed that nobody has asked anything', async () => {
  const { app, errors } = await startApp(parts());
  await app.close();
  expect([app.get(Diary).entries, errors]).toEqual([['startup', 'shutdown', 'disconnected'], []]);
  expect(app.get(RunRegistry).draining).toBe(true);
});

test('a run behind the end of its application is one like any other', async () => {
  const bot = new Ticker(new Diary());
  const providers = [{ provide: Ticker, useValue: bot }];
  const { app } = await startApp({ imports: [PipelineModule.forRoot()], providers });
  await app.close();
  expect((await bot.run({ ticks: 2 }).result).text).toBe('0 1 ');
  await using again = await startApp({ imports: [PipelineModule.forRoot()], providers });
  expect((await again.app.get(Ticker).run({ ticks: 1 }).result).text).toBe('0 ');
});
