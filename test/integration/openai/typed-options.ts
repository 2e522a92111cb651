import type OpenAI from 'openai';
import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { createOpenAIServer, model, streamChat, type ChatCall, type ServedMessage } from 'stepstream/openai';

// What the compiler refuses of a server; `npm run typecheck` reads it.

interface User {
  readonly name: string;
}

class Bot extends Pipeline<{ prompt: string }> {
  @Step({ to: 'respond' })
  prepare() {
    return 1;
  }

  @Streaming()
  async *respond({ state }: Ctx<this>) {
    yield state.prompt;
  }
}

class Tenant extends Pipeline<{ prompt: string }, User> {
  @Streaming()
  async *respond({ context }: Ctx<this>) {
    yield context.name;
  }
}

/** Hands on what it was asked. */
class Relay extends Pipeline<{ messages: ServedMessage[]; temperature?: number }> {
  declare readonly client: OpenAI;

  @Streaming()
  async *respond(ctx: Ctx<this>) {
    return yield* streamChat(this.client, { model: 'gpt-4o-mini', ...ctx.state }, ctx);
  }
}

const state = () => ({ prompt: '' });

/** All that is right. */
export const right = [
  model(new Bot(), { state, tokens: 'respond', finishReason: 'prepare' }),
  model(new Bot(), { state: async ({ messages }) => ({ prompt: messages.at(-1)!.content }), tokens: ['respond'] }),
  model(new Tenant(), { state, options: () => ({ context: { name: 'x' } }) }),
  model(new Relay(), { state: ({ messages }) => ({ messages }), finishReason: 'respond' }),
];

const tenant = model(new Tenant(), {
  state,
  options: (_, { caller }: ChatCall<User>) => ({ context: caller }),
});

/** Whoever a model asks for is who `authorize` finds. */
export const servers = [
  createOpenAIServer({ models: { tenant }, authorize: (key): User | undefined => (key ? { name: key } : undefined) }),
  createOpenAIServer({ models: { tenant }, authorize: async (key) => key === 'x' && { name: 'x' } }),
  createOpenAIServer({ models: { bot: right[0] }, authorize: (key) => key === 'x' }),
];

/** All that is wrong. */
export const wrong = (): unknown[] => [
  // @ts-expect-error a state that the pipeline doesn't have
  model(new Bot(), { state: () => ({ promt: '' }) }),
  // @ts-expect-error no such step
  model(new Bot(), { state, tokens: 'answer' }),
  // @ts-expect-error a step that doesn't stream
  model(new Bot(), { state, tokens: 'prepare' }),
  // @ts-expect-error no such step
  model(new Bot(), { state, finishReason: 'answer' }),
  // @ts-expect-error it demands a context
  model(new Tenant(), { state }),
  // @ts-expect-error another context
  model(new Tenant(), { state, options: () => ({ context: { nam: '' } }) }),
  // @ts-expect-error nobody says who the caller is
  createOpenAIServer({ models: { tenant } }),
  // @ts-expect-error somebody else
  createOpenAIServer({ models: { tenant }, authorize: () => ({ id: 7 }) }),
];
