import { OnError, OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type Failure } from 'stepstream';
import { mockModel, streamChat, type ChatClient } from 'stepstream/openai';

export interface Conversation {
  prompt: string;
  response: string;
}

/** Answers whatever it is asked. Not a model: its delay is there so that one can watch it stream. */
const mock = mockModel('Thinking... Life is complexity.', { delay: 40 });

export class Chatbot extends Pipeline<Conversation> {
  private client: ChatClient = mock;
  private model = 'mock';

  @OnStartup()
  async setup() {
    if (!process.env.OPENAI_API_KEY) return sayThatTheMockSpeaks('OPENAI_API_KEY is not set');
    // Loaded here, so that the example runs without the package. The client reads OPENAI_BASE_URL itself.
    const { OpenAI } = await import('openai');
    this.client = new OpenAI();
    this.model = process.env.OPENAI_MODEL || 'gpt-4o-mini';
  }

  @Step({ to: 'respond' })
  start({ state }: Ctx<this>) {
    console.log(`User asking: ${state.prompt}`);
    console.log('Generating response...');
  }

  // A server that sends its headers and then nothing is not noticed by the client's own timeout, hence the idle one.
  @Streaming({ onError: 'respondAnyway', timeout: { firstToken: 60_000, idle: 30_000 } })
  async *respond(ctx: Ctx<this>) {
    yield* this.ask(this.client, this.model, ctx);
  }

  // Stands in for `respond` and streams as that step. What the failed attempt has said and written no longer counts:
  // the consumer is sent a `token-reset`, and `state` is as it was before.
  @OnError()
  async *respondAnyway(ctx: Failure<this>) {
    console.log(`OpenAI API Error: ${ctx.error instanceof Error ? ctx.error.message : String(ctx.error)}`);
    sayThatTheMockSpeaks('the API has failed');
    yield* this.ask(mock, 'mock', ctx);
  }

  private async *ask(client: ChatClient, model: string, ctx: Ctx<this> | Failure<this>) {
    const messages = [{ role: 'user' as const, content: ctx.state.prompt }];
    for await (const token of streamChat(client, { model, messages }, ctx)) {
      ctx.state.response += token;
      yield token;
    }
  }

  @OnShutdown()
  cleanup() {
    this.client = mock;
    this.model = 'mock';
  }
}

const sayThatTheMockSpeaks = (why: string): void => console.error(`(The mock model answers: ${why}.)`);
