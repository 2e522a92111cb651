// The same program for Node.js alone, which doesn't compile decorators: they are functions, and can be called.
import { Pipeline, Step, Streaming } from 'stepstream';

const said = [];
const say = (line) => said.push(line);

/** Calls a decorator as compiled code does. */
function decorate(Class, name, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, name);
  Object.defineProperty(Class.prototype, name, decorator(Class.prototype, name, descriptor) ?? descriptor);
}

const Logged = (label) => (_target, _place, descriptor) => ({
  ...descriptor,
  value(...args) {
    say(`${label} called`);
    return descriptor.value.apply(this, args);
  },
});

class Assistant extends Pipeline {
  start({ state }) {
    return `${this.greeting} ${state.prompt}`;
  }
  async *respond({ input }) {
    yield input;
  }
}
decorate(Assistant, 'start', Logged('under'));
decorate(Assistant, 'start', Step({ to: 'respond' }));
decorate(Assistant, 'start', Logged('around'));
decorate(Assistant, 'respond', Streaming());

function Noted(Parent) {
  class WithNote extends Parent {
    note({ state, input }) {
      state.notes.push(input);
      return state.notes.length;
    }
  }
  decorate(WithNote, 'note', Step());
  return WithNote;
}

class Chatbot extends Noted(Assistant) {
  static pipeline = { name: 'chatbot' };
  greeting = 'Hello';

  async *respond({ input }) {
    for (const word of input.split(' ')) yield `${word} `;
  }
}
decorate(Chatbot, 'respond', Streaming({ to: 'note' }));

async function main() {
  const bot = new Chatbot();
  const heard = [];
  bot.on('step-start', ({ step }) => heard.push(step));
  const run = bot.run({ prompt: 'to every toolchain', notes: [] });
  for await (const event of run) {
    if (event.type === 'token') say(`token ${JSON.stringify(event.value)}`);
    if (event.type === 'step-end') say(`<- ${event.step}`);
    if (event.type === 'run-end') say(`${event.pipeline}: ${event.status}`);
  }
  const { outputs, state, text } = await run.result;
  say(`heard ${heard.join(', ')}`);
  say(JSON.stringify({ outputs, state, text }));
  console.log(said.join('\n'));
}
void main();
