import { Pipeline, Step, Streaming, skip, type Ctx, type Join } from 'stepstream';
import { mockModel, streamChat } from 'stepstream/openai';
import { search, type Hit } from './search.js';

export interface Question {
  question: string;
  online: boolean;
}

/** Not a model: it repeats the sources that it was given. */
const model = mockModel(({ messages }) => `I would try this: ${messages[0].content}.`);

export class HelpDesk extends Pipeline<Question> {
  @Step({ to: ['searchManual', 'searchTickets', 'searchWeb'] })
  parse({ state }: Ctx<this>) {
    return state.question.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  }

  // These three start together. If one fails, the others are aborted at once: hence the signal.
  @Step({ to: 'rank' })
  searchManual({ input, signal }: Ctx<this, string[]>) {
    return search('manual', input, signal);
  }

  @Step({ to: 'rank' })
  searchTickets({ input, signal }: Ctx<this, string[]>) {
    return search('tickets', input, signal);
  }

  @Step({ to: 'rank' })
  async searchWeb({ state, input, signal }: Ctx<this, string[]>) {
    return state.online ? search('web', input, signal) : skip();
  }

  // A step with several parents is a join: it runs once, when each of them has arrived or can't arrive any more. The
  // compiler wants `searchWeb?`, because that one may skip.
  @Step({ to: 'answer' })
  rank({ inputs }: Join<this, { searchManual: Hit[]; searchTickets: Hit[]; searchWeb?: Hit[] }>) {
    const hits = [...inputs.searchManual, ...inputs.searchTickets, ...(inputs.searchWeb ?? [])];
    return hits.sort((a, b) => b.score - a.score).slice(0, 2);
  }

  @Streaming()
  async *answer(ctx: Ctx<this, Hit[]>) {
    const sources = ctx.input.map(({ title, source }) => `${title} (${source})`).join(', or ');
    yield* streamChat(model, { model: 'mock', messages: [{ role: 'user', content: sources }] }, ctx);
  }
}
