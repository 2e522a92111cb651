import type { Usage } from '../../decorators/context.js';
import type { ChatBody, ChatClient, ChatPart, ChatRequest, FinishReason } from './chat-client.js';
import { ModelStreamCutError } from './model-stream-cut-error.js';

/** What `streamChat` needs to know of the step that it speaks for: every step context is one. */
export interface ChatContext {
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** Is told the token counts of the call, once, if the server sends them. */
  usage?(usage: Usage): void;
}

/**
 * Streams a chat completion as string tokens: `yield* streamChat(this.client, { model, messages }, ctx)`.
 *
 * The step's `signal` cancels the request, and so does leaving the loop; usage goes to the run. Returns the model's
 * finish reason (`length` and `content_filter` are no errors). Throws what the client throws, untouched; the signal's
 * reason when it was aborted; and a `ModelStreamCutError` when the stream ends without a finish reason.
 * A stall is the step's to notice: `@Streaming({ timeout: { firstToken, idle } })`.
 */
export async function* streamChat<Client extends ChatClient>(
  client: Client,
  body: ChatBody<Client>,
  context: ChatContext,
): AsyncGenerator<string, FinishReason, undefined> {
  const { signal } = context;
  let usage: ChatPart['usage'];
  let why: FinishReason | undefined;
  let tokens = 0;
  try {
    for await (const part of await client.chat.completions.create(toRequest(body), { signal })) {
      // Parts that the client has read before the abort still come after it.
      signal.throwIfAborted();
      usage = part.usage ?? usage;
      const choice = part.choices?.find(({ index }) => !index);
      why = choice?.finish_reason || why;
      const token = choice?.delta.content || choice?.delta.refusal;
      if (!token) continue;
      tokens += 1;
      yield token;
    }
  } catch (error) {
    // The signal's reason is what the framework or the caller said; the client's own abort error knows nothing of it.
    signal.throwIfAborted();
    throw error;
  } finally {
    // Here, because what was used was used, however the stream ended.
    if (usage) report(usage, body.model, context);
  }
  // The openai client ends an aborted or cut stream as if it were whole.
  signal.throwIfAborted();
  if (!why) throw new ModelStreamCutError(body.model, tokens);
  return why;
}

/** Some servers leave the counts out: then there is nothing to report, and a good answer must not fail for it. */
function report(usage: NonNullable<ChatPart['usage']>, model: string, context: ChatContext): void {
  const { prompt_tokens: input, completion_tokens: output } = usage;
  if (Number.isFinite(input) && Number.isFinite(output)) context.usage?.({ model, input, output });
}

/** Asks for a stream with usage. What `Client` takes was checked at the call; here it is any client. */
function toRequest({ stream_options, ...body }: ChatBody<ChatClient>): ChatRequest {
  if (stream_options === null) return { ...body, stream: true };
  return { ...body, stream: true, stream_options: { include_usage: true, ...stream_options } };
}
