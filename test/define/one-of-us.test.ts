import { expect, it } from 'vitest';
import {
  MisuseError,
  Pipeline,
  Step,
  Streaming,
  call,
  definePipeline,
  observe,
  planOf,
  suspend,
  type Checkpoint,
  type Ctx,
  type StepContext,
} from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';
import { standIn, testRun } from 'stepstream/testing';
import { errorOf } from './error-of.js';

type Refund = { amount: number };

class RefundClass extends Pipeline<Refund> {
  static readonly pipeline = { name: 'refund' };
  @Step({ to: 'pay' }) approve({ state }: Ctx<this>) {
    return suspend<boolean>(`Refund ${state.amount}?`);
  }
  @Step() pay({ input }: Ctx<this, boolean>) {
    return input ? 'paid' : 'kept';
  }
}

const RefundTwin = definePipeline({
  name: 'refund',
  types: {} as { state: Refund },
  steps: {
    approve: { to: 'pay', step: ({ state }) => suspend<boolean>(`Refund ${state.amount}?`) },
    pay: ({ input }: StepContext<Refund, boolean>) => (input ? 'paid' : 'kept'),
  },
});

const toJson = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;

it.each([
  ['a class suspends, its twin resumes', new RefundClass(), new RefundTwin()],
  ['a definition suspends, its class resumes', new RefundTwin(), new RefundClass()],
])('%s, and a store lets one of them win', async (_what, first, second) => {
  const store = memoryStore();
  const asked = await first.run({ amount: 5 }, { id: 'one', store }).result;
  if (asked.status !== 'suspended') throw new Error(`expected a suspended run, got ${asked.status}`);
  expect(asked.asks).toMatchObject([{ key: 'approve', ask: 'Refund 5?' }]);
  const resumed = await second.resume(toJson(asked.checkpoint), { approve: true }, { store }).result;
  expect([resumed.status, resumed.outputs.pay, resumed.runId]).toEqual(['success', 'paid', 'one']);
  const late = first.resume(toJson(asked.checkpoint), { approve: false }, { store }).result;
  await expect(late).rejects.toMatchObject({ name: 'RunFailedError' });
  expect(await store.list({ pipeline: 'refund' })).toMatchObject({ runs: [{ runId: 'one', status: 'success' }] });
});

interface Client {
  ask(question: string): string;
}

const Bot = definePipeline({
  name: 'bot',
  types: {} as { state: { prompt: string } },
  services: (client: Client, suffix: string = '!') => ({ client, suffix, opened: 0 }),
  steps: {
    respond: {
      onError: 'sorry',
      async *streaming({ state }) {
        yield this.client.ask(state.prompt);
        yield this.suffix;
      },
    },
  },
  onStartup: {
    count() {
      this.opened += 1;
    },
  },
  onError: {
    async *sorry({ error }) {
      yield (error as Error).message;
    },
  },
});
const echo: Client = { ask: (question) => question.toUpperCase() };

it('services are made for each instance from what new is given', async () => {
  const [one, other] = [new Bot(echo), new Bot({ ask: () => 'no' }, '.')];
  const runs = [one.run({ prompt: 'why' }), other.run({ prompt: 'why' })];
  expect((await Promise.all(runs.map((run) => run.result))).map(({ text }) => text)).toEqual(['WHY!', 'no.']);
  await one.run({ prompt: 'again' }).result;
  expect([one.opened, other.opened]).toEqual([2, 1]);
  expect(Object.keys(one)).toEqual(['client', 'suffix', 'opened']);
});

it('an instance is held up between runs, and listened to', async () => {
  await using bot = await new Bot(echo).open();
  const tokens: string[] = [];
  bot.on('token', ({ step, value }) => tokens.push(`${step} ${value}`));
  await bot.run({ prompt: 'a' }).result;
  await bot.run({ prompt: 'b' }).result;
  expect([bot.opened, tokens]).toEqual([1, ['respond A', 'respond !', 'respond B', 'respond !']]);
});

it('stand-ins replace steps, hooks, handlers and services of one instance', async () => {
  const bot = new Bot(echo);
  {
    using mocks = standIn(bot, { services: { client: { ask: () => 'a fake' } }, hooks: { count: () => undefined } });
    expect((await testRun(bot, { prompt: 'why' })).result.text).toBe('a fake!');
    mocks.restore();
  }
  async function* broken(): AsyncGenerator<string, void> {
    yield 'half';
    throw new Error('cut');
  }
  async function* calm(): AsyncGenerator<string, void> {
    yield 'calm';
  }
  using mocks = standIn(bot, { steps: { respond: broken }, handlers: { sorry: calm } });
  expect((await testRun(bot, { prompt: 'why' })).result.text).toBe('calm');
  expect(mocks.calls.respond).toMatchObject([{ state: { prompt: 'why' } }]);
  expect(bot.opened).toBe(1);
});

it('a class can extend it: an override keeps its place and options, a decorated one has its own', async () => {
  // To the compiler the steps of a definition are properties, which a method can't override: so it is told of the base class.
  const Base = Bot as unknown as new (
    client: Client,
  ) => Pipeline<{ prompt: string }> & { sorry(): AsyncGenerator<string, void> };
  class Loud extends Base {
    async *respond({ state }: StepContext<{ prompt: string }>) {
      yield `${state.prompt.toUpperCase()}!!`;
    }
  }
  class Longer extends Loud {
    @Streaming({ to: 'end', onError: 'sorry' }) override async *respond() {
      yield 'x';
    }
    @Step() end({ input }: Ctx<this, string>) {
      return input;
    }
  }
  expect(planOf(Loud)).toStrictEqual({ ...planOf(Bot), pipeline: 'Loud' });
  expect((await new Loud(echo).run({ prompt: 'hi' }).result).text).toBe('HI!!');
  expect((await new Longer(echo).run({ prompt: 'hi' }).result).outputs.end).toBe('x');
  expect(planOf(Bot).steps.map(({ name }) => name)).toEqual(['respond']);
});

it('observers see its runs under the name of the definition', async () => {
  const seen: string[] = [];
  const stop = observe((event) => void seen.push(`${event.pipeline} ${event.type}`));
  await new Bot(echo).run({ prompt: 'a' }).result;
  stop();
  expect(seen).toContain('bot run-end');
  expect(Bot.name).toBe('bot');
});

it('functions of every form are steps: arrows, async ones, declared ones, bound ones', async () => {
  function declared({ input }: StepContext<object, string>): string {
    return `${input} declared`;
  }
  const bound = async function (this: { word: string }, { input }: StepContext<object, string>): Promise<string> {
    return `${input} ${this.word}`;
  }.bind({ word: 'bound' });
  const Forms = definePipeline({
    name: 'forms',
    types: {} as { state: object },
    steps: {
      arrow: { to: 'asynchronous', step: () => 'arrow' },
      asynchronous: { to: 'declared', step: async ({ input }: StepContext<object, string>) => `${input} async` },
      declared: { to: 'bound', step: declared },
      bound: { to: 'alone', step: bound },
      alone: ({ input }: StepContext<object, string>) => `${input} alone`,
    },
  });
  expect((await new Forms().run({}).result).outputs.alone).toBe('arrow async declared bound alone');
});

it('a definition that runs itself', async () => {
  type Count = { n: number };
  const Down: new () => Pipeline<Count> = definePipeline({
    name: 'down',
    types: {} as { state: Count },
    services: () => ({ inner: undefined as Pipeline<Count> | undefined }),
    steps: {
      go: {
        of: () => Down,
        subPipeline({ state }) {
          return state.n === 0 || !this.inner ? suspend<Count>('enough?') : call(this.inner, { n: state.n - 1 });
        },
      },
    },
  });
  const down = new Down();
  Object.assign(down, { inner: down });
  const { status } = await down.run({ n: 3 }).result;
  expect(status).toBe('suspended');
  expect(planOf(Down).steps[0].child).toMatchObject({ pipeline: 'down', fingerprint: 'recursive' });
});

it.each([
  ['nothing', () => undefined, /gave nothing\. Return an object of fields/],
  ['null', () => null, /gave null/],
  ['a text', () => 'client', /gave a string/],
  ['a list', () => [1], /gave a list/],
  ['a promise', async () => ({ client: echo }), /gave a promise\. .*onStartup/],
  ['a step', () => ({ respond: 1 }), /gave "respond", which is a method of it already\. Give the service another name/],
  ['a handler', () => ({ sorry: 1 }), /gave "sorry", which is a method of it already/],
  ['a member of every pipeline', () => ({ run: 1 }), /gave "run", which is a method of it already/],
])('services that can not be fields are refused by new: %s', (_what, services, message) => {
  const Wrong = definePipeline({
    name: 'wrong',
    services: services as unknown as () => object,
    steps: { respond: { step() {} } },
    onError: { sorry() {} },
  });
  const error = errorOf(() => new Wrong());
  expect(error).toBeInstanceOf(MisuseError);
  expect(error).toMatchObject({ code: 'INVALID_SERVICES', message: expect.stringMatching(message) });
  expect(error).toMatchObject({ message: expect.stringContaining('services of wrong') });
  expect(planOf(Wrong).pipeline).toBe('wrong');
});
