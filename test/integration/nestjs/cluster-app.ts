import { Controller, Headers, Inject, Injectable, Query, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Pipeline, Step, Streaming, suspend, type Ctx, type EventOf } from 'stepstream';
import { OnPipelineEvent, RunRegistry, toMessageEvents, type PacingResponse } from 'stepstream/nestjs';

/** Who answers: the process that has been given this one. */
@Injectable()
export class Voice {
  readonly name: string = process.env.VOICE ?? 'the test';

  async *say(prompt: string, signal: AbortSignal): AsyncGenerator<string, void> {
    for (const word of [`${this.name}: `, ...(prompt.match(/\S+\s*/g) ?? [])]) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      signal.throwIfAborted();
      yield word;
    }
  }
}

interface Talk {
  prompt: string;
  response: string;
}

@Injectable()
export class Chatbot extends Pipeline<Talk> {
  static readonly pipeline = { name: 'nest-chatbot' };
  readonly voice: Voice;

  constructor(@Inject(Voice) voice: Voice) {
    super();
    this.voice = voice;
  }

  @Step({ to: 'respond' })
  check({ state }: Ctx<this>) {
    if (state.prompt === '') throw new Error('ask something');
    state.prompt = state.prompt.trim();
  }

  @Streaming()
  async *respond({ state, signal }: Ctx<this>) {
    for await (const word of this.voice.say(state.prompt, signal)) {
      state.response += word;
      yield word;
    }
  }
}

@Injectable()
export class Approval extends Pipeline<{ by: string }> {
  static readonly pipeline = { name: 'nest-approval' };

  @Step({ to: 'done' })
  ask() {
    return suspend<string>('who are you?');
  }

  @Step()
  done({ state, input }: Ctx<this, string>) {
    state.by = input;
  }
}

/** What the listeners of this process have heard of the chatbot. */
@Injectable()
export class Journal {
  readonly heard: string[] = [];

  @OnPipelineEvent(Chatbot, ['run-start', 'token', 'run-end'])
  onEvent(event: EventOf<Chatbot, 'run-start' | 'token' | 'run-end'>) {
    this.heard.push(event.type === 'token' ? String(event.value) : event.type);
  }
}

@Controller('chat')
export class ChatController {
  readonly #chatbot: Chatbot;
  readonly #runs: RunRegistry;

  constructor(@Inject(Chatbot) chatbot: Chatbot, @Inject(RunRegistry) runs: RunRegistry) {
    this.#chatbot = chatbot;
    this.#runs = runs;
  }

  @Sse()
  answer(
    @Query('prompt') prompt: string,
    @Headers('x-keep') keep: string | undefined,
    @Res() response: PacingResponse,
  ): Observable<MessageEvent> {
    const state = { prompt, response: '' };
    if (keep === undefined) return toMessageEvents(this.#chatbot.run(state), { response });
    const run = this.#runs.start((options) => this.#chatbot.run(state, options));
    return toMessageEvents(run, { response, onDisconnect: 'detach' });
  }
}

/** Everything of the application but how its runs are executed. */
export const parts = {
  controllers: [ChatController],
  providers: [Voice, Chatbot, Approval, Journal],
};
