import { Pipeline, Streaming, type Ctx } from 'stepstream';
import { mockModel, streamChat, type ChatClient } from 'stepstream/openai';

export interface Message {
  role: 'user' | 'assistant';
  content: string;
}

export interface Messages {
  messages: Message[];
}

/** Shows what it was sent, as a model would read it: questions, and the answers that were given in full. */
const recall = mockModel(
  ({ messages }) => {
    const answers = messages.filter(({ role }) => role === 'assistant').length;
    return `I see ${messages.length - answers} of your messages and ${answers} of my answers.`;
  },
  { delay: 10 },
);

/** One run is one turn: it takes the messages so far, the last of them the user's, and adds the answer. */
export class Conversation extends Pipeline<Messages> {
  private readonly client: ChatClient;
  private readonly model: string;

  constructor(client: ChatClient = recall, model = 'mock') {
    super();
    this.client = client;
    this.model = model;
  }

  @Streaming()
  async *answer(ctx: Ctx<this>) {
    let content = '';
    for await (const token of streamChat(this.client, { model: this.model, messages: ctx.state.messages }, ctx)) {
      content += token;
      yield token;
    }
    // Written when the answer is whole. It makes no difference here, for a step that is stopped commits nothing.
    ctx.state.messages.push({ role: 'assistant', content });
  }
}
