import { Controller, Get, Inject, Injectable, Query, Scope, Sse, type MessageEvent } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { OnShutdown, OnStartup, Pipeline, Streaming, type EventOf } from 'stepstream';
import { OnPipelineEvent, PipelineModule, RunRegistry, toMessageEvents } from 'stepstream/nestjs';
import { allEvents, readEvents, textOf } from './read-events.js';
import { startApp } from './start-app.js';
import { Diary } from './ticker.js';

/** Lives as long as the request that it is for. */
@Injectable({ scope: Scope.REQUEST })
class Tenant {
  readonly name: string;
  constructor(@Inject(REQUEST) request: { query: { tenant: string } }) {
    this.name = request.query.tenant;
  }
}

/** Is request-scoped since what it injects is. */
@Injectable()
class Greeter extends Pipeline<{ words: number }> {
  static made = 0;
  readonly tenant: Tenant;
  readonly diary: Diary;
  constructor(@Inject(Tenant) tenant: Tenant, @Inject(Diary) diary: Diary) {
    super();
    Greeter.made++;
    this.tenant = tenant;
    this.diary = diary;
  }
  @OnStartup()
  startup() {
    this.diary.write(`startup ${this.tenant.name}`);
  }
  @Streaming()
  async *greet({ state, signal }: { state: { words: number }; signal: AbortSignal }) {
    for (let word = 0; word < state.words; word++) {
      yield `${this.tenant.name} `;
      await new Promise((resolve) => setTimeout(resolve, 2));
      signal.throwIfAborted();
    }
  }
  @OnShutdown()
  shutdown() {
    this.diary.write(`shutdown ${this.tenant.name}`);
  }
}

@Injectable()
class Ear {
  readonly heard = new Map<string, number>();
  @OnPipelineEvent(Greeter, 'token')
  onToken({ value }: EventOf<Greeter, 'token'>) {
    this.heard.set(value, (this.heard.get(value) ?? 0) + 1);
  }
}

@Controller()
class GreetController {
  readonly greeter: Greeter;
  readonly runs: RunRegistry;
  constructor(@Inject(Greeter) greeter: Greeter, @Inject(RunRegistry) runs: RunRegistry) {
    this.greeter = greeter;
    this.runs = runs;
  }
  @Get('plain')
  async plain(): Promise<string> {
    return (await this.greeter.run({ words: 2 }).result).text;
  }
  @Sse('stream')
  stream(@Query('words') words: string): Observable<MessageEvent> {
    return toMessageEvents(this.runs.start((options) => this.greeter.run({ words: Number(words) }, options)));
  }
}

const parts = {
  imports: [PipelineModule.forRoot()],
  controllers: [GreetController],
  providers: [Tenant, Greeter, Diary, Ear],
};

test('a request-scoped pipeline is made for each request, started with its run, and stopped with it', async () => {
  Greeter.made = 0;
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  // It is checked at the start, but there is none to be opened.
  expect([Greeter.made, diary.entries]).toEqual([0, []]);
  expect(await (await fetch(`${server.url}/plain?tenant=ann`)).text()).toBe('ann ann ');
  expect(diary.entries).toEqual(['startup ann', 'shutdown ann']);
  const both = await Promise.all(
    ['bob', 'cid'].map(async (tenant) =>
      textOf(await allEvents(await fetch(`${server.url}/stream?tenant=${tenant}&words=20`))),
    ),
  );
  expect(both).toEqual(['bob '.repeat(20), 'cid '.repeat(20)]);
  expect(Greeter.made).toBe(3);
  expect(diary.entries.slice(2).sort()).toEqual(['shutdown bob', 'shutdown cid', 'startup bob', 'startup cid']);
});

test('its hooks do not leak when the client leaves', async () => {
  await using server = await startApp(parts);
  const diary = server.app.get(Diary);
  for await (const event of readEvents(await fetch(`${server.url}/stream?tenant=eve&words=100000`)))
    if (event.event === 'token') break;
  await diary.until('shutdown eve');
  expect(diary.entries).toEqual(['startup eve', 'shutdown eve']);
});

test('listeners hear the instances of every request, once each', async () => {
  await using server = await startApp(parts);
  for (const tenant of ['ann', 'bob']) await (await fetch(`${server.url}/plain?tenant=${tenant}`)).text();
  expect([...server.app.get(Ear).heard]).toEqual([
    ['ann ', 2],
    ['bob ', 2],
  ]);
});

test('a transient pipeline is one for each who injects it: all are opened, heard and closed', async () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Mine extends Pipeline<object> {
    readonly diary: Diary;
    constructor(@Inject(Diary) diary: Diary) {
      super();
      this.diary = diary;
    }
    @OnStartup()
    startup() {
      this.diary.write('startup');
    }
    @Streaming()
    async *say() {
      yield 'mine';
    }
    @OnShutdown()
    shutdown() {
      this.diary.write('shutdown');
    }
  }
  class One {
    readonly mine: Mine;
    constructor(@Inject(Mine) mine: Mine) {
      this.mine = mine;
    }
  }
  class Other extends One {}
  class Listener {
    heard = 0;
    @OnPipelineEvent(Mine, 'token')
    onToken() {
      this.heard++;
    }
  }
  const server = await startApp({
    imports: [PipelineModule.forRoot()],
    providers: [Diary, Mine, One, Other, Listener],
  });
  const diary = server.app.get(Diary);
  const [one, other] = [server.app.get(One).mine, server.app.get(Other).mine];
  expect(one).not.toBe(other);
  expect(diary.entries).toEqual(['startup', 'startup']);
  await Promise.all([one.run({}).result, other.run({}).result]);
  expect(server.app.get(Listener).heard).toBe(2);
  await server.app.close();
  expect(diary.entries).toEqual(['startup', 'startup', 'shutdown', 'shutdown']);
});
