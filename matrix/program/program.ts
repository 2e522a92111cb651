import { Pipeline, Step, Streaming, type Ctx, type StepContext } from 'stepstream';

interface Words {
  prompt: string;
  notes: string[];
}

const said: string[] = [];
const say = (line: string): void => {
  said.push(line);
};

/** A decorator of somebody else, of which there are two on one method, around and under ours; for both dialects. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a decorator that serves both dialects is called in two ways
function Logged(label: string): (target: any, place: any, descriptor?: any) => any {
  return (target: unknown, _place: unknown, descriptor?: { value: unknown }) => {
    const body = (descriptor?.value ?? target) as (this: unknown, ...args: unknown[]) => unknown;
    const logged = function (this: unknown, ...args: unknown[]): unknown {
      say(`${label} called`);
      return body.apply(this, args);
    };
    return descriptor ? { ...descriptor, value: logged } : logged;
  };
}

/** What a subclass takes over, replaces and adds to. */
abstract class Assistant extends Pipeline<Words> {
  protected abstract readonly greeting: string;

  @Logged('around')
  @Step({ to: 'respond' })
  @Logged('under')
  start({ state }: Ctx<this>): string {
    return `${this.greeting} ${state.prompt}`;
  }

  @Streaming()
  async *respond({ input }: Ctx<this, string>): AsyncGenerator<string, void> {
    yield input;
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a mixin's constructor takes any arguments
type Constructor<T> = abstract new (...args: any[]) => T;

/** Adds a step to whichever class. */
function Noted<T extends Constructor<Pipeline<Words>>>(Parent: T) {
  abstract class WithNote extends Parent {
    @Step()
    note({ state, input }: StepContext<Words, string>): number {
      state.notes.push(input);
      return state.notes.length;
    }
  }
  return WithNote;
}

class Chatbot extends Noted(Assistant) {
  static readonly pipeline = { name: 'chatbot' };
  protected readonly greeting = 'Hello';

  @Streaming({ to: 'note' })
  override async *respond({ input }: Ctx<this, string>): AsyncGenerator<string, void> {
    for (const word of input.split(' ')) yield `${word} `;
  }
}

/** Runs the pipeline, and resolves to all that is seen of it. */
export async function program(): Promise<string> {
  said.length = 0;
  const bot = new Chatbot();
  const heard: string[] = [];
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
  return said.join('\n');
}
