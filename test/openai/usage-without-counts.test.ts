import { Pipeline, Streaming, type Ctx } from 'stepstream';
import { streamChat, type ChatClient, type ChatPart } from 'stepstream/openai';
import { describe, expect, test } from 'vitest';

type Empty = Record<string, never>;

/** A client whose server answers 'hi', with that usage in its last part. */
function answering(usage: object | null): ChatClient {
  async function* parts() {
    yield { choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: null }] };
    yield { choices: [{ index: 0, delta: {}, finish_reason: 'stop' as const }], usage } as ChatPart;
  }
  return { chat: { completions: { create: async () => parts() } } };
}

class Asker extends Pipeline<Empty> {
  private readonly client: ChatClient;

  constructor(client: ChatClient) {
    super();
    this.client = client;
  }

  @Streaming()
  async *ask(ctx: Ctx<this>): AsyncGenerator<string> {
    yield* streamChat(this.client, { model: 'm', messages: [{ role: 'user', content: 'hello' }] }, ctx);
  }
}

describe('usage without counts', () => {
  test.each([{ total_tokens: 3 }, {}, null, { prompt_tokens: 3 }, { prompt_tokens: null, completion_tokens: null }])(
    'such as %j fails no good answer, and nothing is counted',
    async (usage) => {
      const result = await new Asker(answering(usage)).run({}).result;
      expect(result.status).toBe('success');
      expect(result.text).toBe('hi');
      expect(result.usage).toEqual({ input: 0, output: 0, models: {} });
    },
  );

  test('is told from usage with counts, which is counted', async () => {
    const result = await new Asker(answering({ prompt_tokens: 3, completion_tokens: 0 })).run({}).result;
    expect(result.usage).toEqual({ input: 3, output: 0, models: { m: { input: 3, output: 0 } } });
  });
});
