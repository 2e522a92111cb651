import type { ChatClient, ChatPart, ChatRequest } from './chat-client.js';

/** How a `mockModel` answers. */
export interface MockModelOptions {
  /** Milliseconds before each token; 0 by default. */
  readonly delay?: number;
}

/**
 * A mock, not a model: a client that streams the text it was given, word by word, for tests and for examples without a
 * key. `reply` may be a function of the request. Usage counts its own tokens: words, spaces and marks.
 */
export function mockModel(
  reply: string | ((request: ChatRequest) => string),
  { delay = 0 }: MockModelOptions = {},
): ChatClient {
  return {
    chat: {
      completions: {
        async create(request, { signal } = {}) {
          signal?.throwIfAborted();
          return speak(request, typeof reply === 'string' ? reply : reply(request), delay, signal);
        },
      },
    },
  };
}

async function* speak(
  request: ChatRequest,
  text: string,
  delay: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatPart, void, undefined> {
  const tokens = toTokens(text);
  for (const content of tokens) {
    signal?.throwIfAborted();
    if (delay > 0) await pause(delay, signal);
    yield { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
  }
  yield { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  if (!request.stream_options?.include_usage) return;
  const asked = request.messages.flatMap((message) => toTokens(message.content));
  yield { choices: [], usage: { prompt_tokens: asked.length, completion_tokens: tokens.length } };
}

/** Words (with their apostrophes), stretches of space, and stretches of other marks: 'Thinking', '...', ' '. */
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*|\s+|[^\p{L}\p{M}\p{N}\s]+/gu;

const toTokens = (text: string): readonly string[] => text.match(TOKEN) ?? [];

/** Waits, and throws the signal's reason as soon as it is aborted; leaves neither timer nor listener behind. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
