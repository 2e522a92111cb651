import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { expect, test } from 'vitest';
import { Pipeline, Streaming, type Ctx, type EventOf } from 'stepstream';
import { OnPipelineEvent, PipelineModule } from 'stepstream/nestjs';
import { startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

class Speaker extends Pipeline<{ words: string[] }> {
  @Streaming()
  async *speak({ state }: Ctx<this>) {
    yield* state.words;
  }
}

class Shouter extends Speaker {
  @Streaming()
  override async *speak({ state }: Ctx<this>) {
    for (const word of state.words) yield word.toUpperCase();
  }
}

@Injectable()
class Audit {
  readonly heard: string[] = [];

  @OnPipelineEvent(Speaker, 'token')
  onToken({ value, step }: EventOf<Speaker, 'token'>) {
    // typed: a token of this pipeline is a string
    this.heard.push(`${step} ${value.trim()}`);
  }

  @OnPipelineEvent(Speaker, ['run-start', 'run-end'])
  onEdge({ type }: EventOf<Speaker, 'run-start' | 'run-end'>) {
    this.heard.push(type);
  }
}

const imports = [PipelineModule.forRoot()];
const say = (bot: Speaker, ...words: string[]) => bot.run({ words }).result;

test('a method hears the events of all runs of a pipeline, whoever starts them', async () => {
  class Service {
    readonly speaker: Speaker;
    constructor(@Inject(Speaker) speaker: Speaker) {
      this.speaker = speaker;
    }
  }
  await using server = await startApp({ imports, providers: [Speaker, Audit, Service, Diary, Ticker] });
  await say(server.app.get(Service).speaker, 'one', 'two');
  await server.app.get(Ticker).run({ ticks: 2 }).result;
  const heard = ['run-start', 'speak one', 'speak two', 'run-end'];
  expect(server.app.get(Audit).heard).toEqual(heard);
  await say(server.app.get(Speaker), 'three');
  expect(server.app.get(Audit).heard).toEqual([...heard, 'run-start', 'speak three', 'run-end']);
});

test('it hears subclasses, what a factory makes, and what a controller listens to, each once', async () => {
  @Controller()
  class Screen {
    readonly seen: unknown[] = [];
    @OnPipelineEvent(Shouter, 'token')
    show({ value }: EventOf<Shouter, 'token'>) {
      this.seen.push(value);
    }
  }
  class BetterAudit extends Audit {}
  const providers = [
    { provide: Audit, useClass: BetterAudit },
    Shouter,
    { provide: 'alias', useExisting: Shouter },
    { provide: 'made', useFactory: () => new Speaker() },
  ];
  await using server = await startApp({ imports, controllers: [Screen], providers });
  await say(server.app.get(Shouter), 'loud');
  await say(server.app.get<Speaker>('made'), 'soft');
  expect(server.app.get(Audit).heard.filter((entry) => entry.startsWith('speak'))).toEqual([
    'speak LOUD',
    'speak soft',
  ]);
  expect(server.app.get(Screen).seen).toEqual(['LOUD']);
});

test('a listener of Pipeline hears all pipelines of the application, those of requests too', async () => {
  class All {
    readonly ended: string[] = [];
    @OnPipelineEvent(Pipeline, 'run-end')
    onEnd({ pipeline, status }: EventOf<Pipeline<object>, 'run-end'>) {
      this.ended.push(`${pipeline} ${status}`);
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Scoped extends Shouter {}
  await using server = await startApp({ imports, providers: [Speaker, Scoped, Diary, Ticker, All, Audit] });
  await say(server.app.get(Speaker), 'one');
  await say(await server.app.resolve(Scoped), 'two');
  await server.app.get(Ticker).run({ ticks: 1 }).result;
  expect(server.app.get(All).ended).toEqual(['Speaker success', 'Scoped success', 'Ticker success']);
  // Who listens to one class by two ways is told once.
  expect(server.app.get(Audit).heard.filter((entry) => entry.startsWith('speak'))).toEqual(['speak one', 'speak TWO']);
});

test('a listener that throws, rejects or never answers changes no run; it is logged, and an event of the run', async () => {
  class Bad {
    @OnPipelineEvent(Speaker, 'token')
    throws() {
      throw new Error('thrown');
    }
    @OnPipelineEvent(Speaker, 'token')
    async rejects() {
      throw new Error('rejected');
    }
    @OnPipelineEvent(Speaker, 'step-start')
    never() {
      return new Promise(() => undefined);
    }
  }
  await using server = await startApp({ imports, providers: [Speaker, Bad, Audit] });
  const run = server.app.get(Speaker).run({ words: ['one'] });
  const errors: unknown[] = [];
  run.on('observer-error', ({ error }) => errors.push(error.message));
  expect((await run.result).text).toBe('one');
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(server.app.get(Audit).heard).toContain('speak one');
  expect(errors).toContain('thrown');
  expect(server.errors).toEqual(
    ['Bad.throws', 'Bad.rejects'].map((name) => `${name} has failed at a token event of the run ${run.id}`),
  );
});

test('whoever would never be told stops the start', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Scoped extends Audit {}
  const scoped = startApp({ imports, providers: [Speaker, Scoped] });
  await expect(scoped).rejects.toThrow(
    /Scoped\.onToken: is a method of a provider that is made for each request.*\[LISTENER_UNHEARD\]/,
  );
  const without = startApp({ imports, providers: [Audit] });
  await expect(without).rejects.toThrow(
    /Audit\.onToken: listens to Speaker, which no module of this application provides\..*\[LISTENER_UNHEARD\]/,
  );
  expect(() => OnPipelineEvent(undefined as unknown as typeof Speaker, 'token')).toThrow('Expected a pipeline class');
});

test('applications in one process hear only their own pipelines', async () => {
  await using one = await startApp({ imports, providers: [Speaker, Audit] });
  await using other = await startApp({ imports: [PipelineModule.forRoot()], providers: [Speaker, Audit] });
  await say(one.app.get(Speaker), 'here');
  expect(one.app.get(Audit).heard).toEqual(['run-start', 'speak here', 'run-end']);
  expect(other.app.get(Audit).heard).toEqual([]);
});

test('without PipelineModule a pipeline that somebody listens to is a provider like any other', async () => {
  await using server = await startApp({ providers: [Speaker, Audit] });
  expect((await say(server.app.get(Speaker), 'one')).text).toBe('one');
  expect(server.app.get(Audit).heard).toEqual([]);
});

test('what could never be called is refused where it is written', () => {
  const listen = OnPipelineEvent(Speaker, 'token') as (...args: unknown[]) => void;
  class Some {
    static all() {}
    one() {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Some.prototype, 'one');
  expect(() => listen(Some, 'all', Object.getOwnPropertyDescriptor(Some, 'all'))).toThrow('which all is not');
  expect(() => listen(Some.prototype, Symbol('one'), descriptor)).toThrow('which Symbol(one) is not');
  expect(() => listen(Some.prototype, 'one', { get: () => 1 })).toThrow('which one is not');
  // As standard decorators are called.
  expect(() => listen(Some.prototype.one, { kind: 'method', name: 'one' })).toThrow(
    'compiled with experimentalDecorators',
  );
});

test('the event of a method is typed', () => {
  class Typed {
    // @ts-expect-error -- another event
    @OnPipelineEvent(Speaker, 'token')
    wrong(event: EventOf<Speaker, 'run-end'>) {
      return event;
    }
    // @ts-expect-error -- there is no such event
    @OnPipelineEvent(Speaker, 'tokens')
    unknown() {}
    @OnPipelineEvent(Speaker, 'token')
    right({ value }: EventOf<Speaker, 'token'>) {
      const text: string = value;
      return text;
    }
  }
  expect(Object.getOwnPropertyNames(Typed.prototype)).toContain('right');
});
