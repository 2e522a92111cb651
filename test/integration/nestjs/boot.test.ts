import { Inject, Injectable, Module, Scope, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect, test } from 'vitest';
import {
  BlueprintError,
  HookError,
  OnStartup,
  Pipeline,
  Step,
  SubPipeline,
  call,
  definePipeline,
  type Ctx,
} from 'stepstream';
import { PipelineModule, RunRegistry, type PipelineOptionsFactory } from 'stepstream/nestjs';
import { rootOf, startApp } from './start-app.js';
import { Diary, Ticker } from './ticker.js';

class Misspelt extends Pipeline<object> {
  // @ts-expect-error -- the mistake that is looked for
  @Step({ to: 'respnd' })
  start() {}

  @Step()
  respond() {}
}

class Empty extends Pipeline<object> {}

class Fine extends Pipeline<object> {
  @Step()
  only() {
    return 'fine';
  }
}

const quiet = { abortOnError: false, logger: false } as const;
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'started',
    (error: unknown) => error,
  );

test('a broken pipeline stops the start of the application with its own error', async () => {
  const error = await errorOf(startApp({ imports: [PipelineModule.forRoot()], providers: [Fine, Misspelt] }));
  expect(error).toBeInstanceOf(BlueprintError);
  expect((error as Error).message).toContain("Misspelt can't run, it has");
  expect((error as BlueprintError).problems.map(({ code, where }) => [code, where])).toContainEqual([
    'UNKNOWN_TARGET',
    'Misspelt.start',
  ]);
});

test('all problems of all pipelines stand in one error, those of request-scoped ones too', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Scoped extends Pipeline<object> {
    // @ts-expect-error -- the mistake that is looked for
    @Step({ to: 'nowhere' })
    last() {}
  }
  const providers = [Fine, Misspelt, { provide: 'empty', useFactory: () => new Empty() }, Scoped];
  const app = await NestFactory.create(rootOf({ imports: [PipelineModule.forRoot()], providers }), quiet);
  const error = (await errorOf(app.init())) as BlueprintError;
  expect(error).toBeInstanceOf(BlueprintError);
  expect(error.message).toMatch(/^This application can't run, it has \d problems:/);
  const found = new Set(error.problems.map(({ where, code }) => `${where.split('.')[0]} ${code}`));
  expect([...found]).toEqual(
    expect.arrayContaining(['Misspelt UNKNOWN_TARGET', 'Scoped UNKNOWN_TARGET', 'Empty EMPTY_PIPELINE']),
  );
});

test('a constructor that nobody says what to inject into is a problem with its remedy', async () => {
  class Untold extends Pipeline<object> {
    readonly service: unknown;
    constructor(service: unknown) {
      super();
      this.service = service;
    }
    @Step()
    only() {}
  }
  const error = await errorOf(startApp({ imports: [PipelineModule.forRoot()], providers: [Untold] }));
  expect((error as BlueprintError).problems).toEqual([
    {
      code: 'NOT_INJECTED',
      where: 'Untold.constructor',
      what: 'takes a parameter, but nothing says what to inject: only a class with a decorator has the types of its parameters, and esbuild, tsx and Vite leave them out.',
      remedy:
        'Write @Inject(TheService) before each parameter, or @Injectable() before the class and compile with tsc or SWC and emitDecoratorMetadata.',
    },
  ]);
  // What tsc and SWC write for it.
  Reflect.defineMetadata('design:paramtypes', [Diary], Untold);
  await using server = await startApp({ imports: [PipelineModule.forRoot()], providers: [Diary, Untold] });
  expect(server.app.get(Untold).service).toBe(server.app.get(Diary));
});

test('startup hooks run when the application starts, after the onModuleInit of the services that they use', async () => {
  class Connection implements OnModuleInit {
    ready = false;
    async onModuleInit(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.ready = true;
    }
  }
  const seen: boolean[] = [];
  class Bot extends Pipeline<object> {
    readonly connection: Connection;
    constructor(@Inject(Connection) connection: Connection) {
      super();
      this.connection = connection;
    }
    @OnStartup()
    connect() {
      seen.push(this.connection.ready);
    }
    @Step()
    only() {}
  }
  @Module({ providers: [Connection], exports: [Connection] })
  class ConnectionModule {}
  await using server = await startApp({
    imports: [PipelineModule.forRoot(), PipelineModule.forFeature([Bot], { imports: [ConnectionModule] })],
  });
  expect(seen).toEqual([true]);
  const bot = server.app.get(Bot);
  await Promise.all([bot.run({}).result, bot.run({}).result]);
  await bot.run({}).result;
  expect(seen).toEqual([true]);
});

test('with open: false startup hooks run with the first run, as without Nest', async () => {
  await using server = await startApp({
    imports: [PipelineModule.forRoot({ open: false })],
    providers: [Diary, Ticker],
  });
  const diary = server.app.get(Diary);
  expect(diary.entries).toEqual([]);
  await server.app.get(Ticker).run({ ticks: 1 }).result;
  expect(diary.entries).toEqual(['startup', 'done', 'run success', 'shutdown']);
});

test('a startup hook that fails stops the start, and what was opened is closed', async () => {
  class Offline extends Pipeline<object> {
    @OnStartup()
    connect() {
      throw new Error('no connection');
    }
    @Step()
    only() {}
  }
  const diary = new Diary();
  const providers = [{ provide: Diary, useValue: diary }, Ticker, Offline];
  const error = await errorOf(startApp({ imports: [PipelineModule.forRoot()], providers }));
  expect(error).toBeInstanceOf(HookError);
  expect(String(error)).toContain('Offline.connect');
  expect(diary.entries).toEqual(['startup', 'shutdown']);
});

test('pipelines inject services and pipelines, and services inject them', async () => {
  class Researcher extends Pipeline<{ topic: string; notes?: string }> {
    @Step()
    look({ state }: Ctx<this>) {
      state.notes = `notes on ${state.topic}`;
    }
  }
  class Writer extends Pipeline<{ topic: string; article?: string }> {
    readonly researcher: Researcher;
    constructor(@Inject(Researcher) researcher: Researcher) {
      super();
      this.researcher = researcher;
    }
    @SubPipeline(() => Researcher, { to: 'write' })
    research({ state }: Ctx<this>) {
      return call(this.researcher, { topic: state.topic });
    }
    @Step()
    write({ state, input }: Ctx<this, { notes?: string }>) {
      state.article = `From ${input.notes}`;
    }
  }
  class Desk {
    readonly writer: Writer;
    constructor(@Inject(Writer) writer: Writer) {
      this.writer = writer;
    }
    async order(topic: string) {
      return (await this.writer.run({ topic }).result).state.article;
    }
  }
  const feature = PipelineModule.forFeature([Writer, Researcher]);
  await using server = await startApp({ imports: [PipelineModule.forRoot(), feature], providers: [Desk] });
  expect(await server.app.get(Desk).order('bees')).toBe('From notes on bees');
  expect(server.app.get(Writer).researcher).toBe(server.app.get(Researcher));
});

test('forFeature with the same list is one module: its pipelines are made and opened once', async () => {
  @Module({ providers: [Diary], exports: [Diary] })
  class DiaryModule {}
  const options = { imports: [DiaryModule] };
  @Module({ imports: [PipelineModule.forFeature([Ticker, Fine], options)] })
  class One {}
  @Module({ imports: [PipelineModule.forFeature([Fine, Ticker], { imports: [DiaryModule] })] })
  class Other {}
  const parts = { imports: [PipelineModule.forRoot(), One, Other] };
  for (const round of [1, 2]) {
    await using server = await startApp(parts);
    const diary = server.app.get(Diary);
    expect([round, diary.entries]).toEqual([round, ['startup']]);
    expect(server.app.select(One).get(Ticker)).toBe(server.app.select(Other).get(Ticker));
    await server.app.close();
    expect([round, diary.entries]).toEqual([round, ['startup', 'shutdown']]);
  }
});

test('it is one module whichever way Nest tells modules apart', async () => {
  @Module({ imports: [PipelineModule.forFeature([Fine])] })
  class One {}
  @Module({ imports: [PipelineModule.forFeature([Fine])] })
  class Other {}
  for (const moduleIdGeneratorAlgorithm of ['reference', 'deep-hash'] as const) {
    const parts = rootOf({ imports: [PipelineModule.forRoot(), One, Other] });
    const app = await NestFactory.createApplicationContext(parts, { ...quiet, moduleIdGeneratorAlgorithm });
    expect(app.select(One).get(Fine)).toBe(app.select(Other).get(Fine));
    await app.close();
  }
});

test('a pipeline that two lists provide is two, as Nest has it: both are opened, and both are closed', async () => {
  const diary = new Diary();
  @Module({ providers: [{ provide: Diary, useValue: diary }], exports: [Diary] })
  class DiaryModule {}
  const imports = [DiaryModule];
  const app = await startApp({
    imports: [
      PipelineModule.forRoot(),
      PipelineModule.forFeature([Ticker], { imports }),
      PipelineModule.forFeature([Ticker, Fine], { imports }),
    ],
  });
  expect(diary.entries).toEqual(['startup', 'startup']);
  await app.app.close();
  expect(diary.entries).toEqual(['startup', 'startup', 'shutdown', 'shutdown']);
});

test.each([
  ['more than once', [PipelineModule.forRoot(), PipelineModule.forRoot()]],
  ['forFeature() without PipelineModule.forRoot()', [PipelineModule.forFeature([Fine])]],
])('an application that imports PipelineModule.%s does not start', async (said, imports) => {
  const error = (await errorOf(startApp({ imports }))) as Error & { code: string };
  expect(error.code).toBe('INVALID_PIPELINE_MODULE');
  expect(error.message).toContain(said);
});

test('what can not be is refused where it is written', () => {
  expect(() => PipelineModule.forRoot({ drainTimeout: -1 })).toThrow('drainTimeout must be milliseconds');
  expect(() => PipelineModule.forRootAsync({})).toThrow('useFactory, useClass or useExisting');
  expect(() => PipelineModule.forFeature([Diary as never])).toThrow('takes classes that extend Pipeline, got Diary');
  expect(() => PipelineModule.forFeature([undefined as never])).toThrow('got undefined');
});

test('forRootAsync takes its options from other providers', async () => {
  class Config implements PipelineOptionsFactory {
    createPipelineOptions() {
      return Promise.resolve({ registry: { buffer: 7 } });
    }
  }
  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}
  const imports = [ConfigModule];
  for (const root of [
    PipelineModule.forRootAsync({
      imports,
      inject: [Config],
      useFactory: (config: Config) => config.createPipelineOptions(),
    }),
    PipelineModule.forRootAsync({ imports, useExisting: Config }),
    PipelineModule.forRootAsync({ useClass: Config }),
  ]) {
    await using server = await startApp({ imports: [root], providers: [Fine] });
    expect(server.app.get(RunRegistry).buffer).toBe(7);
  }
  for (const [wrong, said] of [
    [{ drainTimeout: Number.NaN }, 'drainTimeout must be milliseconds'],
    [{ open: 'no' }, 'open must be true or false'],
    [undefined, 'its options must be an object'],
    [null, 'its options must be an object'],
  ] as const) {
    const error = await errorOf(
      startApp({ imports: [PipelineModule.forRootAsync({ useFactory: () => wrong as never })] }),
    );
    expect(String(error)).toContain(said);
  }
});

test('every module has the RunRegistry; with global: false those that import the module', async () => {
  class Service {
    readonly runs: RunRegistry;
    constructor(@Inject(RunRegistry) runs: RunRegistry) {
      this.runs = runs;
    }
  }
  @Module({ providers: [Service] })
  class Inner {}
  await using server = await startApp({ imports: [PipelineModule.forRoot(), Inner] });
  expect(server.app.get(Service).runs).toBe(server.app.get(RunRegistry));
  const root = PipelineModule.forRoot({ global: false });
  await expect(startApp({ imports: [root, Inner] })).rejects.toThrow("can't resolve dependencies of the Service");
  @Module({ imports: [root], providers: [Service] })
  class Asking {}
  await using other = await startApp({ imports: [root, Asking], providers: [Fine] });
  expect(other.app.get(Service).runs).toBe(other.app.get(RunRegistry));
});

test('a test of an application puts another service, pipeline or stand-in in place of a provider', async () => {
  class Desk {
    readonly fine: Fine;
    constructor(@Inject(Fine) fine: Fine) {
      this.fine = fine;
    }
  }
  const metadata = { imports: [PipelineModule.forRoot()], providers: [Fine, Desk, Diary, Ticker] };
  class Finer extends Fine {
    override only() {
      return 'finer';
    }
  }
  const diary = new Diary();
  const overridden = await Test.createTestingModule(metadata)
    .overrideProvider(Fine)
    .useClass(Finer)
    .overrideProvider(Diary)
    .useValue(diary)
    .compile();
  await overridden.init();
  expect((await overridden.get(Desk).fine.run({}).result).outputs).toEqual({ only: 'finer' });
  expect(diary.entries).toEqual(['startup']);
  await overridden.close();
  expect(diary.entries).toEqual(['startup', 'shutdown']);

  const standIn = { run: () => 'nothing' };
  const module = await Test.createTestingModule(metadata).overrideProvider(Fine).useValue(standIn).compile();
  await module.init();
  expect(module.get(Desk).fine).toBe(standIn);
  await module.close();
});

test('a pipeline without decorators is a provider too', async () => {
  const Greeter = definePipeline({
    name: 'greeter',
    services: (diary: Diary) => ({ diary }),
    onStartup: {
      note() {
        this.diary.write('startup of greeter');
      },
    },
    steps: {
      greet() {
        return 'hello';
      },
    },
  });
  const diary = new Diary();
  const providers = [{ provide: Greeter, useFactory: () => new Greeter(diary) }];
  await using server = await startApp({ imports: [PipelineModule.forRoot()], providers });
  expect(diary.entries).toEqual(['startup of greeter']);
  const greeter = server.app.get<InstanceType<typeof Greeter>>(Greeter);
  expect((await greeter.run({}).result).outputs).toEqual({ greet: 'hello' });
});
