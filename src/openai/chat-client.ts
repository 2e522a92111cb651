/** One message of a conversation, as the model reads it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What is asked of a model, as far as every client of the OpenAI shape agrees about it. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream: true;
  stream_options?: { include_usage?: boolean };
}

/** One piece of a streamed answer. */
export interface ChatPart {
  readonly choices: readonly {
    readonly index?: number;
    readonly delta: { readonly content?: string | null; readonly refusal?: string | null };
    readonly finish_reason: FinishReason | null;
  }[];
  /** Only on the last part, and only if asked for. */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

/** Why a model has stopped: `length` and `content_filter` mean that the answer is not whole. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/**
 * Any client that streams chat completions as `openai` does: an `OpenAI` or `AzureOpenAI` of version 6 or 7, a
 * `mockModel`, or your own. By shape only, because the classes of two versions are not assignable to one another.
 */
export interface ChatClient {
  readonly chat: {
    readonly completions: {
      create(body: ChatRequest, options?: { signal?: AbortSignal }): PromiseLike<AsyncIterable<ChatPart>>;
    };
  };
}

/** The request body that a client takes; of an `OpenAI` client with all its options. */
type RequestOf<Client extends ChatClient> = Parameters<Client['chat']['completions']['create']>[0];

/** What a caller of `streamChat` fills in of it: the rest makes it a stream of one answer. */
export type ChatBody<Client extends ChatClient> = Omit<RequestOf<Client>, 'stream' | 'stream_options' | 'n'> & {
  /** Usage is asked for by default; `null` leaves the field out, for servers that refuse it. */
  stream_options?: Readonly<Record<string, unknown>> | null;
};
