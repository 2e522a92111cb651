// Run in a project that has the package twice: as it is, and as `stepstream-next`, which says that it is another version.
// Mixes three copies, two by two, in one process, and prints what came of it as JSON.
import { createRequire } from 'node:module';
import * as esm from 'stepstream';
import * as next from 'stepstream-next';
import * as nextTesting from 'stepstream-next/testing';

const require = createRequire(import.meta.url);
const copies = { esm, cjs: require('stepstream'), next };
const { memoryStore } = require('stepstream-next/storage/memory');

/** Calls a decorator as compiled code does, in the legacy dialect. */
const decorate = (Class, name, decorator) =>
  decorator(Class.prototype, name, Object.getOwnPropertyDescriptor(Class.prototype, name));

/** A pipeline on one copy, with decorators, directives, middleware and a child of both. */
function createBot(one, other) {
  class Child extends one.Pipeline {
    static pipeline = { name: 'child' };
    say({ state }) {
      state.said = `${state.word}!`;
    }
  }
  decorate(Child, 'say', other.Step());

  class Bot extends other.Pipeline {
    static pipeline = { name: 'bot', middleware: one.budget({ tokens: 1_000 }) };
    child = new Child();
    start({ state, attempt, usage }) {
      if (attempt === 1) return one.retry({ delay: 0 });
      if (state.word === 'dear') usage({ input: 2_000, output: 0 });
      return one.goto('ask', state.word);
    }
    async *ask({ input }) {
      yield 'hm ';
      return one.suspend({ question: input });
    }
    research({ input }) {
      return one.call(this.child, { word: input });
    }
    last({ input }) {
      if (input.said === 'no!') throw new Error('no');
      if (input.said === 'what?!') throw new TypeError('what?');
      return one.stop();
    }
    recover({ error }) {
      if (error instanceof TypeError) return one.skip();
    }
  }
  decorate(Bot, 'start', one.Step({ goto: 'ask', retry: 2 }));
  decorate(Bot, 'ask', other.Streaming({ to: 'research' }));
  decorate(
    Bot,
    'research',
    one.SubPipeline(() => Child, { to: 'last' }),
  );
  decorate(Bot, 'last', other.Step());
  decorate(Bot, 'recover', one.OnError());
  return new Bot();
}

const caught = (promise) => promise.then(String, (error) => error);
const thrown = (make) => {
  try {
    return make();
  } catch (error) {
    return error;
  }
};

async function mix(one, other) {
  const bot = createBot(one, other);
  const twin = createBot(other, one);
  const observed = new Set();
  const leave = one.observe((event) => observed.add(event.type));
  const first = await bot.run({ word: 'well' }).result;
  const store = memoryStore();
  const again = { answers: { ask: 'yes' }, store };
  const second = await twin.resume(first.checkpoint, again.answers, { store }).result;
  const late = await caught(bot.resume(first.checkpoint, { ask: 'never' }, { store }).result);
  const failed = await caught(twin.resume(first.checkpoint, { ask: 'no' }).result);
  const recovered = await twin.resume(first.checkpoint, { ask: 'what?' }).result;
  const dear = await caught(bot.run({ word: 'dear' }).result);
  leave();
  const tried = await nextTesting.testRun(bot, { word: 'well' }, { answers: { ask: 'yes' } });
  nextTesting.expectHonestEvents(tried);
  const mistake = thrown(() => one.toMermaid(class Empty extends other.Pipeline {}));
  const plain = thrown(() => createBot(one, other).run({ word: new Map() }));
  const errors = { late, failed, dear, mistake, plain };
  return {
    sameGraph: one.toMermaid(bot) === other.toMermaid(twin),
    samePlan: one.planOf(bot.constructor).fingerprint === other.planOf(twin.constructor).fingerprint,
    statuses: [first.status, second.status, recovered.status, tried.result.status],
    outputs: second.outputs,
    path: tried.path,
    answered: late.answers ?? late.cause?.answers,
    observed: [...observed].sort(),
    codes: Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, error.code])),
    causes: [failed.cause.code, failed.cause.cause.message, dear.cause?.code],
    known: Object.values(errors).every((error) => one.StepstreamError.is(error) && other.StepstreamError.is(error)),
    instances: [one, other].map(({ StepstreamError }) => failed instanceof StepstreamError),
  };
}

const said = {};
for (const [a, one] of Object.entries(copies))
  for (const [b, other] of Object.entries(copies)) said[`${a} ${b}`] = await mix(one, other);
console.log(JSON.stringify(said));
