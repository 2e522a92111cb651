import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, Step, Streaming, budget, type Ctx, type PipelineOptions } from 'stepstream';
import { mockModel, streamChat } from 'stepstream/openai';
import { maskNumbers } from './mask-numbers.js';
import { warnOfSlowSteps } from './warn-of-slow-steps.js';

export interface Letter {
  questions: string[];
}

/** Not a model: it can't keep a secret. */
const model = mockModel(({ messages }) => `You paid ${messages[0].content} with card 4111 1111 1111 1234. `);

export class SupportBot extends Pipeline<Letter> {
  // Around every step of the class, the first outermost. A budget is a middleware that ships with the library.
  static readonly pipeline = {
    middleware: [warnOfSlowSteps(500), budget({ tokens: 60 })],
  } satisfies PipelineOptions<Letter>;

  @Step({ to: 'answer' })
  async look({ state, signal }: Ctx<this>) {
    // As slow as a database that is asked for an old order.
    if (state.questions.includes('the old boat')) await sleep(600, undefined, { signal });
    return state.questions;
  }

  // Around this step alone, inside those of the class.
  @Streaming({ middleware: maskNumbers })
  async *answer(ctx: Ctx<this, string[]>) {
    for (const content of ctx.input) {
      // Reports its usage to the run, which is what the budget looks at.
      yield* streamChat(model, { model: 'mock', messages: [{ role: 'user', content }] }, ctx);
    }
  }
}
