import { OnError, Pipeline, Step, Streaming, type Ctx, type Failure } from 'stepstream';
import type { Rates, Writer } from './services.js';

export interface Stay {
  nights: number;
  answer: string;
}

export class Concierge extends Pipeline<Stay> {
  private readonly rates: Rates;
  private readonly writer: Writer;

  constructor(rates: Rates, writer: Writer) {
    super();
    this.rates = rates;
    this.writer = writer;
  }

  // Four attempts in all, after 10, 20 and 40 ms; but what will never work is not tried again.
  @Step({
    to: 'answer',
    retry: { attempts: 4, delay: 10, backoff: 2, when: (error) => !(error instanceof RangeError) },
  })
  price({ state, signal }: Ctx<this>) {
    if (state.nights < 1) throw new RangeError('Nobody stays for less than a night.');
    return this.rates.find(state.nights, signal);
  }

  // A stream may stall in the middle: then neither the whole nor the first token is late, and only `idle` notices.
  @Streaming({ timeout: { firstToken: 5_000, idle: 200 }, onError: 'answerBriefly' })
  async *answer({ state, input, signal }: Ctx<this, number>) {
    for await (const token of this.writer.describe(input, signal)) {
      state.answer += token;
      yield token;
    }
  }

  // Stands in for `answer`, and streams as that step. What the failed attempt has said is taken back first, and what it
  // has written to the state is gone.
  @OnError()
  async *answerBriefly({ state, outputs }: Failure<this>) {
    for (const token of ['It costs ', `${String(outputs.price)} euros.`]) {
      state.answer += token;
      yield token;
    }
  }
}
