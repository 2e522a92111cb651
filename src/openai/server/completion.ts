import type { FinishReason } from '../chat-client.js';
import type { CompletionUsage } from './chat-outcome.js';

/** The objects that an answer is made of, as OpenAI sends them. */
export class Completion {
  readonly #id: string;
  readonly #model: string;
  readonly #created = Math.floor(Date.now() / 1000);

  constructor(runId: string, model: string) {
    this.#id = `chatcmpl-${runId}`;
    this.#model = model;
  }

  /** One part of a stream. */
  part(delta: object, reason: FinishReason | null, usage?: null): object {
    return this.#chunk([{ index: 0, delta, logprobs: null, finish_reason: reason }], usage);
  }

  /** The last part of a stream whose client has asked for the usage. */
  usage(usage: CompletionUsage | null): object {
    return this.#chunk([], usage);
  }

  /** A whole answer. */
  whole(content: string, reason: FinishReason, usage: CompletionUsage | null): object {
    const message = { role: 'assistant', content, refusal: null };
    return {
      ...this.#head('chat.completion'),
      choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
      ...(usage && { usage }),
    };
  }

  #chunk(choices: readonly object[], usage: CompletionUsage | null | undefined): object {
    return { ...this.#head('chat.completion.chunk'), choices, ...(usage !== undefined && { usage }) };
  }

  #head(object: string): object {
    return { id: this.#id, object, created: this.#created, model: this.#model };
  }
}
