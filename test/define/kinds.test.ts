import { expect, it } from 'vitest';
import {
  ForEach,
  OnError,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  Switch,
  call,
  definePipeline,
  goto,
  retry,
  skip,
  type Ctx,
  type Each,
  type EachContext,
  type ErrorContext,
  type Failure,
  type Join,
  type JoinContext,
  type RunContext,
  type StepContext,
} from 'stepstream';
import { shortly } from '../support/events-of.js';
import { expectTwins } from './expect-twins.js';

const stepsOf = (told: readonly object[]): string[] => shortly(told as never);

interface Conversation {
  prompt: string;
  response: string;
}

it('plain and streaming steps, and hooks of both kinds', async () => {
  const said: string[] = [];
  class Chatbot extends Pipeline<Conversation, { tenant: string }> {
    @OnStartup() connect() {
      said.push('connect');
    }
    @OnStartup({ per: 'run' }) greet({ state }: RunContext<Conversation>) {
      state.prompt += '!';
    }
    @Step({ to: 'respond' }) start({ state }: Ctx<this>) {
      return state.prompt.toUpperCase();
    }
    @Streaming() async *respond({ state, input, context }: Ctx<this, string>) {
      state.response = input;
      yield* [context.tenant, ' ', input];
    }
    @OnShutdown({ per: 'run' }) save({ outcome, state }: RunContext<Conversation>) {
      said.push(`${outcome?.status} ${outcome?.text} ${state.response}`);
    }
    @OnShutdown() disconnect() {
      said.push('disconnect');
    }
  }
  const Twin = definePipeline({
    name: 'Chatbot',
    types: {} as { state: Conversation; context: { tenant: string } },
    steps: {
      start: {
        to: 'respond',
        step({ state }) {
          return state.prompt.toUpperCase();
        },
      },
      respond: {
        async *streaming({ state, input, context }: StepContext<Conversation, string, { tenant: string }>) {
          state.response = input;
          yield* [context.tenant, ' ', input];
        },
      },
    },
    onStartup: {
      connect() {
        said.push('connect');
      },
      greet: {
        per: 'run',
        hook({ state }: RunContext<Conversation>) {
          state.prompt += '!';
        },
      },
    },
    onShutdown: {
      save: {
        per: 'run',
        hook({ outcome, state }: RunContext<Conversation>) {
          said.push(`${outcome?.status} ${outcome?.text} ${state.response}`);
        },
      },
      disconnect: {
        per: 'instance',
        hook() {
          said.push('disconnect');
        },
      },
    },
  });
  const told = await expectTwins(
    [Chatbot, new Chatbot()],
    [Twin, new Twin()],
    { prompt: 'why', response: '' },
    { context: { tenant: 'acme' } },
  );
  const once = ['connect', 'success acme WHY! WHY!', 'disconnect'];
  expect(said).toEqual([...once, ...once]);
  expect(stepsOf(told)).toContain('hook-start greet');
  expect(told.at(-1)).toMatchObject({ status: 'success' });
});

it('a step per item, with concurrency, failing items and streams', async () => {
  interface Docs {
    urls: string[];
    total: number;
  }
  class Summaries extends Pipeline<Docs> {
    static readonly pipeline = { name: 'Summaries', merge: { total: 'sum' } } as const;
    @Step({ to: 'load' }) list({ state }: Ctx<this>) {
      return state.urls;
    }
    @ForEach({ to: 'measure', concurrency: 1, retry: 2, onItemError: 'skip', timeout: { step: 9_000 } })
    async load({ item, attempt }: Each<this, string>) {
      if (item === 'cut' || attempt === 1) throw new Error(`no ${item}`);
      return item.repeat(attempt);
    }
    @ForEach() async *measure({ item, index, state }: Each<this, string>) {
      state.total += item.length;
      yield `${index} ${item}`;
      return item.length;
    }
  }
  const Twin = definePipeline({
    name: 'Summaries',
    merge: { total: 'sum' },
    types: {} as { state: Docs },
    steps: {
      list: { to: 'load', step: ({ state }) => state.urls },
      load: {
        to: 'measure',
        concurrency: 1,
        retry: 2,
        onItemError: 'skip',
        timeout: { step: 9_000 },
        async forEach({ item, attempt }: EachContext<Docs, string>) {
          if (item === 'cut' || attempt === 1) throw new Error(`no ${item}`);
          return item.repeat(attempt);
        },
      },
      measure: {
        async *forEach({ item, index, state }: EachContext<Docs, string>) {
          state.total += item.length;
          yield `${index} ${item}`;
          return item.length;
        },
      },
    },
  });
  const told = await expectTwins([Summaries, new Summaries()], [Twin, new Twin()], {
    urls: ['a', 'cut', 'bc'],
    total: 0,
  });
  expect(stepsOf(told).filter((line) => line === 'step-retry load')).toHaveLength(3);
  expect((await new Twin().run({ urls: ['a', 'cut', 'bc'], total: 0 }).result).state.total).toBe(6);
});

it('a switch, a loop, goto, a join, entry, meta and middleware', async () => {
  const around = (_: unknown, next: () => unknown): unknown => next();
  const inside = (_: unknown, next: () => unknown): unknown => next();
  class Routes extends Pipeline<{ n: number }> {
    static readonly pipeline = { name: 'Routes', maxVisits: 7, cancelGrace: 5, hookTimeout: 6, middleware: around };
    @Step({ to: 'route', maxVisits: 5, entry: true, meta: { cost: 1 } }) think({ state }: Ctx<this>) {
      return ++state.n;
    }
    @Switch({ cases: { more: 'think', split: 'split' }, default: null, goto: 'end', middleware: inside })
    route({ state }: Ctx<this, number>) {
      return state.n < 3 ? 'more' : state.n > 9 ? goto('end', 0) : 'split';
    }
    @Step({ to: ['left', 'right'] }) split({ input }: Ctx<this, number>) {
      return input;
    }
    @Step({ to: 'join' }) left({ input }: Ctx<this, number>) {
      return -input;
    }
    @Step({ to: 'join', concurrency: 2 }) right({ input }: Ctx<this, number>) {
      return input > 99 ? skip() : input;
    }
    @Step({ to: 'end', join: 'all' }) join({ inputs }: Join<this, { left: number; right?: number }>) {
      return inputs.left + (inputs.right ?? 0);
    }
    @Step() end({ input }: Ctx<this, number>) {
      return input;
    }
  }
  const Twin = definePipeline({
    name: 'Routes',
    types: {} as { state: { n: number } },
    maxVisits: 7,
    cancelGrace: 5,
    hookTimeout: 6,
    middleware: around,
    steps: {
      think: { to: 'route', maxVisits: 5, entry: true, meta: { cost: 1 }, step: ({ state }) => ++state.n },
      route: {
        cases: { more: 'think', split: 'split' },
        default: null,
        goto: 'end',
        middleware: inside,
        switch({ state }: StepContext<{ n: number }, number>) {
          return state.n < 3 ? 'more' : state.n > 9 ? goto('end', 0) : 'split';
        },
      },
      split: { to: ['left', 'right'], step: ({ input }: StepContext<{ n: number }, number>) => input },
      left: { to: 'join', step: ({ input }: StepContext<{ n: number }, number>) => -input },
      right: {
        to: 'join',
        concurrency: 2,
        step: ({ input }: StepContext<{ n: number }, number>) => (input > 99 ? skip() : input),
      },
      join: {
        to: 'end',
        join: 'all',
        step: ({ inputs }: JoinContext<{ n: number }, { left: number; right?: number }>) =>
          inputs.left + (inputs.right ?? 0),
      },
      end: ({ input }: StepContext<{ n: number }, number>) => input,
    },
  });
  const told = await expectTwins([Routes, new Routes()], [Twin, new Twin()], { n: 0 });
  expect(stepsOf(told).filter((line) => line === 'step-start think')).toHaveLength(3);
  expect(stepsOf(told)).toContain('join join');
});

it('handlers that stand in for a step, a catch-all, retries and an any-join', async () => {
  class Safe extends Pipeline<{ log: string[] }> {
    @Step({ to: ['fast', 'slow'] }) start() {}
    @Streaming({ to: 'first', retry: { attempts: 2, delay: 1, backoff: 2 }, onError: 'sorry' })
    async *fast({ attempt }: Ctx<this>) {
      yield `try ${attempt}`;
      throw new Error('cut');
    }
    @Step({ to: 'first', retry: 2 }) slow({ attempt }: Ctx<this>) {
      if (attempt === 1) return retry();
      throw new Error('broken');
    }
    @Step({ join: 'any' }) first({ input }: Ctx<this, unknown>) {
      return input === 'sorry: cut' ? 'recovered' : 'lost';
    }
    @OnError() async *sorry({ error, state }: Failure<this>) {
      state.log.push('sorry');
      yield `sorry: ${(error as Error).message}`;
    }
    @OnError() look({ failed, state }: Failure<this>) {
      state.log.push(failed);
      return skip();
    }
  }
  type Log = { log: string[] };
  const Twin = definePipeline({
    name: 'Safe',
    types: {} as { state: Log },
    steps: {
      start: { to: ['fast', 'slow'], step() {} },
      fast: {
        to: 'first',
        retry: { attempts: 2, delay: 1, backoff: 2 },
        onError: 'sorry',
        async *streaming({ attempt }) {
          yield `try ${attempt}`;
          throw new Error('cut');
        },
      },
      slow: {
        to: 'first',
        retry: 2,
        step({ attempt }) {
          if (attempt === 1) return retry();
          throw new Error('broken');
        },
      },
      first: { join: 'any', step: ({ input }) => (input === 'sorry: cut' ? 'recovered' : 'lost') },
    },
    onError: {
      async *sorry({ error, state }: ErrorContext<Log>) {
        state.log.push('sorry');
        yield `sorry: ${(error as Error).message}`;
      },
      look({ failed, state }) {
        state.log.push(failed);
        return skip();
      },
    },
  });
  const told = await expectTwins([Safe, new Safe()], [Twin, new Twin()], { log: [] });
  expect(stepsOf(told)).toContain('token-reset fast');
  const { outputs, state } = await new Twin().run({ log: [] }).result;
  expect([outputs.first, state.log.sort()]).toEqual(['recovered', ['slow', 'sorry']]);
});

type Topic = { topic: string; notes: string[] };
type Report = { title: string };

class Researcher extends Pipeline<Topic> {
  // As every definition has: what a child is known by is then no accident of its class.
  static readonly pipeline = { name: 'Researcher' };
  @Streaming() async *search({ state }: Ctx<this>) {
    state.notes.push(`on ${state.topic}`);
    yield state.topic;
  }
}
const ResearcherTwin = definePipeline({
  name: 'Researcher',
  types: {} as { state: Topic },
  steps: {
    search: {
      async *streaming({ state }) {
        state.notes.push(`on ${state.topic}`);
        yield state.topic;
      },
    },
  },
});
class Writer extends Pipeline<Report> {
  readonly researcher = new Researcher();
  @SubPipeline(() => Researcher, { to: 'list' }) research({ state }: Ctx<this>) {
    return call(this.researcher, { topic: state.title, notes: [] });
  }
  @Step({ to: 'all' }) list({ input }: Ctx<this, Topic>) {
    return [...input.notes, 'more'];
  }
  @SubPipeline(() => Researcher, { each: true, to: 'write', concurrency: 1 }) all({ item }: Each<this, string>) {
    return call(this.researcher, { topic: item, notes: [] });
  }
  @Step() write({ input }: Ctx<this, Topic[]>) {
    return input.flatMap(({ notes }) => notes).join();
  }
}
class WriterOfTwins extends Pipeline<Report> {
  static readonly pipeline = { name: 'Writer' };
  readonly researcher = new ResearcherTwin();
  @SubPipeline(() => ResearcherTwin, { to: 'list' }) research({ state }: Ctx<this>) {
    return call(this.researcher, { topic: state.title, notes: [] });
  }
  @Step({ to: 'all' }) list({ input }: Ctx<this, Topic>) {
    return [...input.notes, 'more'];
  }
  @SubPipeline(() => ResearcherTwin, { each: true, to: 'write', concurrency: 1 }) all({ item }: Each<this, string>) {
    return call(this.researcher, { topic: item, notes: [] });
  }
  @Step() write({ input }: Ctx<this, Topic[]>) {
    return input.flatMap(({ notes }) => notes).join();
  }
}
const writerOf = (Child: typeof ResearcherTwin | typeof Researcher) =>
  definePipeline({
    name: 'Writer',
    types: {} as { state: Report },
    services: () => ({ researcher: new Child() }),
    steps: {
      research: {
        of: () => Child,
        to: 'list',
        subPipeline({ state }) {
          return call(this.researcher, { topic: state.title, notes: [] });
        },
      },
      list: { to: 'all', step: ({ input }: StepContext<Report, Topic>) => [...input.notes, 'more'] },
      all: {
        of: () => Child,
        each: true,
        to: 'write',
        concurrency: 1,
        subPipeline({ item }: EachContext<Report, string>) {
          return call(this.researcher, { topic: item, notes: [] });
        },
      },
      write: ({ input }: StepContext<Report, Topic[]>) => input.flatMap(({ notes }) => notes).join(),
    },
  });

it.each([
  ['a definition in a definition', writerOf(ResearcherTwin)],
  ['a class in a definition', writerOf(Researcher)],
  ['a definition in a class', WriterOfTwins],
])('sub-pipelines, one and one per item: %s', async (_what, Twin) => {
  const told = await expectTwins([Writer, new Writer()], [Twin, new Twin()], { title: 'tea' });
  expect(told.filter((event) => 'path' in event && (event.path as string[])[0] === 'all[1]')).not.toEqual([]);
  const { outputs, text } = await new Twin().run({ title: 'tea' }).result;
  expect([outputs.write, text]).toEqual(['on on tea,on more', 'teaon teamore']);
});
