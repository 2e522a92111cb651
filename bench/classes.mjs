import { ForEach, Pipeline, Step, Streaming, Switch } from 'stepstream';

/** Puts a decorator on a method by hand: this file is plain JavaScript. */
function decorate(pipelineClass, name, decorator) {
  decorator(pipelineClass.prototype, name, Object.getOwnPropertyDescriptor(pipelineClass.prototype, name));
}

/** A class whose methods and options are given as a table. */
export function classOf(name, steps) {
  const made = { [name]: class extends Pipeline {} }[name];
  for (const [step, { body, streaming, decorator = streaming ? Streaming : Step, ...options }] of Object.entries(
    steps,
  )) {
    Object.defineProperty(made.prototype, step, { value: body, configurable: true, writable: true });
    decorate(made, step, decorator(options));
  }
  return made;
}

/** A chain of 100 steps with this body. */
export function chainOf(body) {
  const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
  return classOf('Chain', Object.fromEntries(names.map((name, i) => [name, { body, to: names.slice(i + 1, i + 2) }])));
}

/** 1 → width → 1, every step in the middle with this body. */
export function fanOutOf(width, body, last) {
  const names = Array.from({ length: width }, (_, i) => `w${i}`);
  return classOf('FanOut', {
    first: { body: () => 1, to: names },
    ...Object.fromEntries(names.map((name) => [name, { body, to: ['last'] }])),
    last: { body: last },
  });
}

/** A model that streams `count` tokens. */
export async function* model(count) {
  for (let i = 0; i < count; i++) yield 'token';
}

/** start → respond, which yields `count` tokens itself, or what `respond` says. */
export function chatbotOf(count, respond) {
  respond ??= async function* () {
    for (let i = 0; i < count; i++) yield 'token';
  };
  return classOf('Chatbot', {
    start: { body: () => undefined, to: ['respond'] },
    respond: { streaming: true, body: respond },
  });
}

/** list → work for each of `count` items. */
export function eachOf(count, concurrency, body) {
  const items = Array.from({ length: count }, (_, i) => i);
  return classOf('Eaches', {
    list: { body: () => items, to: ['work'] },
    work: { decorator: ForEach, concurrency, body },
  });
}

/** think → again → think … for `rounds` rounds, with a switch that decides. */
export function loopOf(rounds) {
  return classOf('Loop', {
    think: { body: ({ input = 0 }) => input + 1, to: ['again'], entry: true, maxVisits: rounds + 1 },
    again: {
      decorator: Switch,
      body: ({ input }) => (input < rounds ? 'more' : 'enough'),
      cases: { more: 'think', enough: 'done' },
      maxVisits: rounds + 1,
    },
    done: { body: ({ input }) => input },
  });
}
