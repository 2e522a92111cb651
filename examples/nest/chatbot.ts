import { Inject, Injectable } from '@nestjs/common';
import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { Model } from './model.js';

export interface Conversation {
  prompt: string;
  response: string;
}

@Injectable()
export class Chatbot extends Pipeline<Conversation> {
  static readonly pipeline = { name: 'chatbot' };
  private readonly model: Model;

  // tsx writes no types of parameters down, so @Inject says what is wanted; with tsc or SWC it may be left out.
  constructor(@Inject(Model) model: Model) {
    super();
    this.model = model;
  }

  @OnStartup()
  setup() {
    console.log('The chatbot is ready.');
  }

  @Step({ to: 'respond' })
  check({ state }: Ctx<this>) {
    state.prompt = state.prompt.trim();
  }

  @Streaming()
  async *respond({ state, signal }: Ctx<this>) {
    for await (const token of this.model.answer(state.prompt, signal)) {
      state.response += token;
      yield token;
    }
  }

  @OnShutdown()
  cleanup() {
    console.log('The chatbot has closed.');
  }
}
