// The same program for Node.js alone, which compiles no decorators.
import { definePipeline } from 'stepstream';

const said = [];
const say = (line) => said.push(line);

/** What another decorator does, as a function around a method. */
const logged = (label, body) =>
  function (...args) {
    say(`${label} called`);
    return body.apply(this, args);
  };

/** What a base class brings. */
const assistant = {
  start: {
    to: 'respond',
    step: logged(
      'around',
      logged('under', function ({ state }) {
        return `${this.greeting} ${state.prompt}`;
      }),
    ),
  },
  respond: {
    async *streaming({ input }) {
      yield input;
    },
  },
};

/** What a mixin adds. */
const noted = (steps) => ({
  ...steps,
  note({ state, input }) {
    state.notes.push(input);
    return state.notes.length;
  },
});

const Defined = definePipeline({
  name: 'defined',
  services: () => ({ greeting: 'Hello' }),
  steps: {
    ...noted(assistant),
    respond: {
      to: 'note',
      async *streaming({ input }) {
        yield* this.wordsOf(input);
      },
    },
  },
});

class Chatbot extends Defined {
  static pipeline = { name: 'chatbot' };

  *wordsOf(input) {
    for (const word of input.split(' ')) yield `${word} `;
  }
}

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
