import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { streamChat, type ChatClient } from 'stepstream/openai';
import { NOTES } from './notes.js';

export interface Message {
  role: 'user' | 'assistant';
  content: string;
}

/** One turn of a conversation: what was said before, and the question. */
export interface Turn {
  readonly history: readonly Message[];
  readonly question: string;
}

/** Remembers and looks up at once, answers, and proposes how to go on. One instance serves all visitors. */
export class WebChat extends Pipeline<Turn> {
  static readonly pipeline = { name: 'web-chat' };
  private readonly client: ChatClient;
  private readonly model: string;

  constructor(client: ChatClient, model: string) {
    super();
    this.client = client;
    this.model = model;
  }

  @Step({ to: ['recall', 'lookUp'] })
  read({ state }: Ctx<this>): string[] {
    return state.question.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
  }

  /** The end of the conversation; a model reads no more than it has room for. */
  @Step({ to: 'respond' })
  recall({ state }: Ctx<this>): Message[] {
    return state.history.slice(-20);
  }

  @Step({ to: 'respond' })
  lookUp({ input: words }: Ctx<this, string[]>): string[] {
    return NOTES.filter((note) => words.some((word) => note.toLowerCase().includes(word))).slice(0, 3);
  }

  @Streaming({ to: 'suggest', timeout: { firstToken: 60_000, idle: 30_000 } })
  async *respond(ctx: Ctx<this> & { readonly inputs: { readonly recall: Message[]; readonly lookUp: string[] } }) {
    const { recall, lookUp } = ctx.inputs;
    const known = lookUp.length > 0 ? `What you know of it:\n${lookUp.join('\n')}` : 'Answer in a few sentences.';
    const messages = [
      { role: 'system' as const, content: known },
      ...recall,
      { role: 'user' as const, content: ctx.state.question },
    ];
    yield* streamChat(this.client, { model: this.model, messages }, ctx);
  }

  @Step()
  suggest({ state }: Ctx<this>): string[] {
    const asked = [...state.history.map(({ content }) => content), state.question];
    return ['What is a step?', 'What happens when I press Stop?', 'And when I reload?']
      .filter((question) => !asked.includes(question))
      .slice(0, 2);
  }
}
