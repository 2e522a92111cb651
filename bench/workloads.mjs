import { chainOf, chatbotOf, eachOf, fanOutOf, loopOf, model } from './classes.mjs';

const TOKENS = 50_000;

/** What one writes without a framework: a generator that passes a model's tokens on as events. */
async function* handWrittenEvents() {
  let seq = 0;
  for await (const value of model(TOKENS)) yield { type: 'token', runId: 'r', seq: ++seq, step: 'respond', value };
}

async function drain(iterable) {
  let count = 0;
  for await (const item of iterable) if (item !== undefined) count++;
  if (count < TOKENS) throw new Error(`only ${count} items`);
}

/** The step is the model; as many generators as the hand-written side has. */
const speaking = new (chatbotOf(TOKENS))();
/** The step passes a model's tokens on: one generator more. */
const forwarding = new (chatbotOf(TOKENS, async function* () {
  for await (const token of model(TOKENS)) yield token;
}))();
const delegating = new (chatbotOf(TOKENS, async function* () {
  yield* model(TOKENS);
}))();
/** As the README has it: the answer is kept in the state too. */
const keeping = new (chatbotOf(TOKENS, async function* ({ state }) {
  for await (const token of model(TOKENS)) {
    state.response += token;
    yield token;
  }
}))();

export const tokens = [
  {
    name: 'token as an event',
    target: 1.3,
    unit: 'token',
    items: TOKENS,
    variants: {
      hand: () => drain(handWrittenEvents()),
      'a step that yields': () => drain(speaking.run({})),
      'the same, tokens()': () => drain(speaking.run({}).tokens()),
      'a step that forwards with yield*': () => drain(delegating.run({})),
      'a step that forwards with for await': () => drain(forwarding.run({})),
      'the same, kept in the state': () => drain(keeping.run({ response: '' })),
    },
  },
];

const CHAINS = 100;
const messages = () => Array.from({ length: 20 }, (_, i) => ({ role: 'user', text: `message ${i}` }));

async function repeated(times, lap) {
  for (let i = 0; i < times; i++) await lap();
}

async function read(run) {
  for await (const event of run)
    if (event.type === 'run-end' && event.status !== 'success') throw new Error(event.status);
}

function chainWorkload(name, target, body, state) {
  const pipeline = new (chainOf(body))();
  const bodies = Array.from({ length: 100 }, () => body);
  return {
    name,
    target,
    unit: 'step',
    items: CHAINS * 100,
    variants: {
      hand: () =>
        repeated(CHAINS, async () => {
          const context = { state: state() };
          for (const call of bodies) await call(context);
        }),
      'events read': () => repeated(CHAINS, () => read(pipeline.run(state()))),
      'result awaited': () => repeated(CHAINS, () => pipeline.run(state()).result),
    },
  };
}

export const chains = [
  chainWorkload(
    'chain of 100, state untouched',
    8,
    async () => undefined,
    () => ({}),
  ),
  chainWorkload(
    'chain of 100, state { x } touched',
    25,
    async ({ state }) => void (state.x += 1),
    () => ({ x: 0 }),
  ),
  chainWorkload(
    'chain of 100, { x } touched beside 20 messages',
    40,
    async ({ state }) => void (state.x += 1),
    () => ({
      x: 0,
      messages: messages(),
    }),
  ),
];

const WIDTH = 1000;
const one = async () => 1;
const sum = ({ inputs }) => Object.values(inputs).reduce((a, b) => a + b, 0);
const fanOut = new (fanOutOf(WIDTH, one, sum))();

export const fanOuts = [
  {
    name: '1 → 1000 → 1 through outputs',
    target: 8,
    unit: 'step',
    items: 5 * WIDTH,
    variants: {
      hand: () =>
        repeated(5, async () => {
          await one();
          const results = await Promise.all(Array.from({ length: WIDTH }, one));
          if (results.reduce((a, b) => a + b, 0) !== WIDTH) throw new Error('wrong sum');
        }),
      'events read': () => repeated(5, () => read(fanOut.run({}))),
      'result awaited': () =>
        repeated(5, async () => {
          const { outputs } = await fanOut.run({}).result;
          if (outputs.last !== WIDTH) throw new Error('wrong sum');
        }),
    },
  },
];

const ITEMS = 10_000;
const AT_ONCE = 64;

/** What one writes without a framework: so many workers that take the next item until there is none. */
async function handWrittenPool(work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < ITEMS) {
      const index = next++;
      results[index] = await work({ item: index, index });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function eachWorkload(name, target, work) {
  const pipeline = new (eachOf(ITEMS, AT_ONCE, work))();
  return {
    name,
    target,
    unit: 'item',
    items: ITEMS,
    variants: {
      hand: () => handWrittenPool(work),
      'events read': () => read(pipeline.run({})),
      'result awaited': () => pipeline.run({}).result,
    },
  };
}

export const eaches = [
  eachWorkload('10,000 items, 64 at once, that compute', 4, async ({ item }) => item * 2),
  eachWorkload('10,000 items, 64 at once, that wait for I/O', 4, async ({ item }) => {
    await new Promise((resolve) => setImmediate(resolve));
    return item * 2;
  }),
];

const ROUNDS = 10_000;
const loop = new (loopOf(ROUNDS))();

/** What one writes without a framework. */
async function handWrittenLoop() {
  const think = async (input) => input + 1;
  const again = async (input) => (input < ROUNDS ? 'more' : 'enough');
  let input = 0;
  do input = await think(input);
  while ((await again(input)) === 'more');
  return input;
}

export const loops = [
  {
    name: 'a loop of 10,000 rounds of two steps',
    target: undefined,
    unit: 'round',
    items: ROUNDS,
    variants: {
      hand: handWrittenLoop,
      'events read': () => read(loop.run({})),
      'result awaited': () => loop.run({}).result,
    },
  },
];
