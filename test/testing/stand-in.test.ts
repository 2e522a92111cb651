import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  OnError,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  type Ctx,
  type Failure,
  type HookContext,
  type Join,
} from 'stepstream';
import { record } from '../../decorators/record.js';
import { standIn, testRun, type StandIns } from '../../src/testing/index.js';

interface Client {
  ask(question: string): Promise<string>;
}
interface Question {
  question: string;
  notes: string[];
}

const real: Client = {
  ask: () => {
    throw new Error('a test must not reach the real client');
  },
};

class Rag extends Pipeline<Question> {
  readonly log: string[] = [];
  client: Client;
  private cache?: Map<string, string>;
  declare late: Client;
  #secret = 1;

  constructor(client: Client = real) {
    super();
    this.client = client;
  }

  @OnStartup()
  setup(_: HookContext): void {
    this.log.push('setup');
    this.late = real;
    this.cache = new Map();
  }
  @Step({ to: ['search', 'ask'] })
  start({ state }: Ctx<this>): string {
    state.notes.push('start');
    return state.question.toUpperCase();
  }
  @Step({ to: 'rank' })
  async search(_: Ctx<this, string>): Promise<string[]> {
    throw new Error('a test must not reach the real index');
  }
  @Step({ to: 'rank', onError: 'sorry' })
  async ask({ input }: Ctx<this, string>): Promise<string> {
    return this.client.ask(input);
  }
  @Step({ to: 'respond' })
  rank({ inputs }: Join<this, { search: string[]; ask: string }>): string {
    return [...inputs.search, inputs.ask].join();
  }
  @Streaming()
  async *respond({ input }: Ctx<this, string>): AsyncGenerator<string, void> {
    yield* input.split(',').map((word) => `${this.polish(word)} `);
  }
  @OnError()
  sorry({ error }: Failure<this>): string {
    return `sorry: ${(error as Error).message}`;
  }
  @OnShutdown()
  protected teardown(): void {
    this.log.push('teardown', String(this.#secret), String(this.cache?.size));
  }
  polish(word: string): string {
    return word.trim();
  }
}

const state = (): Question => ({ question: 'why', notes: [] });
const client: Client = { ask: async (question) => `an answer to ${question}` };
const search = async () => ['a hit'];
/** What an instance has of its own, and what its class has. */
const shapeOf = (rag: Rag) => [
  Object.getOwnPropertyDescriptors(rag),
  Object.getOwnPropertyDescriptors(Rag.prototype),
  Object.getOwnPropertyDescriptors(Pipeline.prototype),
];

describe('standIn', () => {
  it('stands in for steps and fields of one instance', async () => {
    const rag = new Rag();
    using _ = standIn(rag, { steps: { search }, services: { client } });
    const { result, text } = await testRun(rag, state());
    expect([result.status, text]).toEqual(['success', 'a hit an answer to WHY ']);
  });

  it('puts back what was there, and never touches the class', async () => {
    const rag = new Rag();
    const before = shapeOf(rag);
    const standIns = standIn(rag, {
      steps: { search, respond: async function* () {} },
      services: { client },
      hooks: { setup: () => {}, teardown: () => {} },
      handlers: { sorry: () => 'never' },
    });
    expect(Object.getOwnPropertyDescriptors(Rag.prototype)).toEqual(before[1]);
    expect(rag.client).toBe(client);
    standIns.restore();
    standIns.restore();
    expect(shapeOf(rag)).toEqual(before);
    const { result } = await testRun(rag, state());
    expect(result.error?.message).toContain('a test must not reach the real index');
  });

  it('lets instances with different stand-ins run at once', async () => {
    const names = Array.from({ length: 50 }, (_, place) => `hit ${place}`);
    const texts = await Promise.all(
      names.map(async (name) => {
        const rag = new Rag(client);
        using _ = standIn(rag, { steps: { search: async () => [name] } });
        return (await testRun(rag, state())).text;
      }),
    );
    expect(texts).toEqual(names.map((name) => `${name} an answer to WHY `));
  });

  it('gives a stand-in the context of its step and the instance as this', async () => {
    const rag = new Rag(client);
    using _ = standIn(rag, {
      steps: {
        search({ input, state, step, attempt, signal, outputs }) {
          state.notes.push(`${step} ${input} ${attempt} ${String(outputs.start)} ${signal.aborted}`);
          return [(this as unknown as Rag).polish(' polished ')];
        },
      },
    });
    const { result } = await testRun(rag, state());
    expect(result.state.notes).toEqual(['start', 'search WHY 1 WHY false']);
    expect(result.outputs.rank).toBe('polished,an answer to WHY');
  });

  it('streams what an async generator in place of a streaming step yields', async () => {
    const rag = new Rag(client);
    using mocks = standIn(rag, {
      steps: {
        search,
        async *respond({ input }) {
          yield 'said: ';
          yield input;
        },
      },
    });
    const { tokens } = await testRun(rag, state());
    expect(tokens).toEqual(['said: ', 'a hit,an answer to WHY']);
    expect(mocks.calls.respond).toHaveLength(1);
  });

  it('is retried, handled and timed as the step itself', async () => {
    class Flaky extends Pipeline<object> {
      @Step({ retry: 3, onError: 'sorry' })
      work(_: Ctx<this>): string {
        return 'never';
      }
      @OnError()
      sorry(_: Failure<this>): string {
        return 'never';
      }
    }
    const flaky = new Flaky();
    using mocks = standIn(flaky, {
      steps: {
        work: () => {
          throw new Error('busy');
        },
      },
      handlers: { sorry: ({ error }) => `handled ${(error as Error).message}` },
    });
    const { result } = await testRun(flaky, {});
    expect(result.outputs.work).toBe('handled busy');
    expect(mocks.calls.work.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('records what each call got, as it was then', async () => {
    const rag = new Rag(client);
    using mocks = standIn(rag, {
      steps: {
        start({ state }) {
          state.notes.push('changed afterwards');
          state.question = 'changed too';
          return 'input';
        },
        search,
        rank: ({ inputs }) => inputs.ask,
      },
    });
    await testRun(rag, state());
    expect(mocks.calls.start).toEqual([{ attempt: 1, state: { question: 'why', notes: [] } }]);
    expect(mocks.calls.search).toEqual([
      { input: 'input', attempt: 1, state: { question: 'changed too', notes: ['changed afterwards'] } },
    ]);
    expect(mocks.calls.rank).toMatchObject([{ inputs: { search: ['a hit'], ask: 'an answer to input' } }]);
    await testRun(rag, state());
    expect(mocks.calls.start).toHaveLength(2);
    expectTypeOf(mocks.calls.search[0].input).toEqualTypeOf<string>();
    expectTypeOf(mocks.calls.search[0].state).toEqualTypeOf<Question>();
    expectTypeOf(mocks.calls.rank[0].inputs).toEqualTypeOf<{ search: string[]; ask: string }>();
  });

  it('has no calls of a step that nothing stands in for, which is no step never called', () => {
    using mocks = standIn(new Rag(), { steps: { search } });
    expect(mocks.calls.search).toEqual([]);
    expect(() => mocks.calls.rank).toThrow(expect.objectContaining({ code: 'UNKNOWN_STAND_IN' }));
  });

  it('stands in for hooks, those that are not public too', async () => {
    const rag = new Rag(client);
    using _ = standIn(rag, {
      steps: { search },
      hooks: {
        setup({ signal }) {
          rag.log.push(`stood in, ${signal.aborted}`);
        },
        teardown: () => void rag.log.push('torn down'),
      },
    });
    await testRun(rag, state());
    expect(rag.log).toEqual(['stood in, false', 'torn down']);
  });

  it('keeps a field as it is told even if a hook sets it, and puts back what the hook has set', async () => {
    const rag = new Rag(client);
    const used: unknown[] = [];
    const late: Client = { ask: async () => 'late' };
    {
      using _ = standIn(rag, { steps: { search: async () => (used.push(rag.late), []) }, services: { late } });
      await testRun(rag, state());
    }
    expect(used).toEqual([late]);
    expect(Object.getOwnPropertyDescriptor(rag, 'late')).toEqual({
      value: real,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });

  it('stands in for private fields and for methods without a decorator, by name', async () => {
    const rag = new Rag(client);
    using _ = standIn(rag, { steps: { search }, services: { cache: { size: 7 }, polish: () => 'polished' } });
    const { text } = await testRun(rag, state());
    expect([text, rag.log.at(-1)]).toEqual(['polished polished ', '7']);
  });

  it('may stand above another stand-in, and go before or after it', async () => {
    const rag = new Rag(client);
    const hit = async () => (await testRun(rag, state())).result.outputs.search;
    const standFor = (name: string) => standIn(rag, { steps: { search: async () => [name] } });
    const first = standFor('first');
    const second = standFor('second');
    expect(await hit()).toEqual(['second']);
    first.restore();
    expect(await hit()).toEqual(['second']);
    const third = standFor('third');
    expect([await hit(), second.calls.search.length, third.calls.search.length]).toEqual([['third'], 2, 1]);
    third.restore();
    expect(await hit()).toEqual(['second']);
    second.restore();
    expect(Object.hasOwn(rag, 'search')).toBe(false);
  });

  it('leaves what is undefined as it is', () => {
    const rag = new Rag();
    using _ = standIn(rag, { steps: { search: undefined }, hooks: undefined });
    expect(Object.hasOwn(rag, 'search')).toBe(false);
  });
});

describe('names that nothing can stand in for', () => {
  const refusal = (standIns: object, instance: object = new Rag()) => {
    try {
      standIn(instance as Rag, standIns as StandIns<Rag>);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code}: ${message}`;
    }
    return 'accepted';
  };

  it.each<[string, object, string]>([
    [
      'a misspelt step',
      { steps: { serch: search } },
      'Rag.serch is no step. Did you mean "search"? It has: start, search,',
    ],
    ['a step that is none', { steps: { zzzzzz: search } }, 'Rag.zzzzzz is no step. It has: start,'],
    ['a hook among the steps', { steps: { setup: () => {} } }, 'Rag.setup is no step but a hook. Give it under hooks:'],
    [
      'a handler among the hooks',
      { hooks: { sorry: () => {} } },
      'Rag.sorry is no hook but a handler. Give it under handlers:',
    ],
    ['a step among the fields', { services: { search } }, 'Rag.search is no field but a step. Give it under steps:'],
    ['a field among the steps', { steps: { client } }, 'Rag.client is no step but a field. Give it under services:'],
    ['a misspelt hook', { hooks: { tearDwn: () => {} } }, 'Rag.tearDwn is no hook. Did you mean "teardown"?'],
    ['a misspelt handler', { handlers: { sory: () => {} } }, 'Rag.sory is no handler. Did you mean "sorry"?'],
    [
      'a misspelt field',
      { services: { clint: client } },
      'Rag.clint is no field. Did you mean "client"? It has: log, client,',
    ],
    ['a method of Pipeline', { services: { run: () => {} } }, 'Rag.run is a member of Pipeline.'],
    ['what every object has', { services: { toString: () => '' } }, 'Rag.toString is a member of Pipeline.'],
    ['an unknown group', { step: { search } }, 'standIn() knows no "step". Give names under: steps, hooks,'],
  ])('refuses %s', (_, standIns, message) => {
    expect(refusal(standIns)).toContain(`UNKNOWN_STAND_IN: ${message}`);
  });

  it.each<[string, object, string]>([
    [
      'a #private field',
      { services: { secret: 2 } },
      'Rag.#secret is private to its class: nobody outside can replace it.',
    ],
    ['a #private field with its mark', { services: { '#secret': 2 } }, 'Rag.#secret is private to its class'],
    [
      'a step that is no function',
      { steps: { search: ['a hit'] } },
      'what stands in for Rag.search must be a function.',
    ],
  ])('refuses %s', (_, standIns, message) => {
    expect(refusal(standIns)).toContain(`STAND_IN_REFUSED: ${message}`);
  });

  it.each(['connect', '#connect'])('refuses a #private hook, named as %s', (name) => {
    class Connected extends Pipeline<object> {
      @Step()
      work(): void {}
    }
    // As standard decorators write it: legacy ones can't decorate a #private method at all.
    const metadata = {};
    const hook = (): void => {};
    const access = { get: () => hook };
    const context = { kind: 'method', name: '#connect', static: false, private: true, access, metadata };
    record('OnStartup', undefined, hook, context, undefined);
    Object.defineProperty(Connected, Symbol.metadata, { value: metadata });
    const message = 'STAND_IN_REFUSED: Connected.#connect is private to its class';
    expect(refusal({ hooks: { [name]: () => {} } }, new Connected())).toContain(message);
  });

  it('refuses a class, a frozen instance, and what is no pipeline', () => {
    expect(refusal({ steps: { search } }, Rag)).toContain(
      'STAND_IN_REFUSED: standIn() takes an instance, not a class.',
    );
    expect(refusal({ steps: { search } }, Object.freeze(new Rag()))).toContain('STAND_IN_REFUSED: Rag.search can');
    expect(refusal({}, Object.create(null) as object)).toContain('NOT_A_PIPELINE');
  });

  it('replaces nothing at all when one name is refused', () => {
    const rag = new Rag();
    const before = shapeOf(rag);
    expect(refusal({ steps: { search }, services: { client, clint: client } }, rag)).toContain('clint');
    expect(shapeOf(rag)).toEqual(before);
  });
});

/** Never called: the compiler is the test. */
export function misspelt(rag: Rag): void {
  const numbers = async function* () {
    yield 5;
  };
  const words = async function* () {
    yield 'a hit';
  };
  // @ts-expect-error -- no such step
  standIn(rag, { steps: { serch: search } });
  // @ts-expect-error -- a step that returns something else
  standIn(rag, { steps: { search: async () => 'a hit' } });
  // @ts-expect-error -- a step that returns nothing
  standIn(rag, { steps: { start: () => {} } });
  // @ts-expect-error -- a streaming step that is no generator
  standIn(rag, { steps: { respond: async () => 'text' } });
  // @ts-expect-error -- a generator of something else
  standIn(rag, { steps: { respond: numbers } });
  // @ts-expect-error -- a plain step that streams
  standIn(rag, { steps: { search: words } });
  // @ts-expect-error -- its input is a text
  standIn(rag, { steps: { search: async ({ input }) => [String(input.hits)] } });
  // @ts-expect-error -- another client
  standIn(rag, { services: { client: { ask: () => 5 } } });
  // @ts-expect-error -- an unknown group
  standIn(rag, { step: { search } });
}
