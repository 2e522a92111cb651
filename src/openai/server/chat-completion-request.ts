import type { ChatMessage } from '../chat-client.js';

/** A message as a client sent it, its content as one text; `developer` is `system`. */
export interface ServedMessage extends ChatMessage {
  readonly name?: string;
}

/** What a client asks, checked, in OpenAI's own names. What it left out or sent as `null` isn't there. */
export interface ChatCompletionRequest {
  /** The name under which the pipeline is served. */
  readonly model: string;
  /** At least one. Made for this request: they are the author's to change. */
  readonly messages: ServedMessage[];
  readonly stream: boolean;
  /** From 0 to 2. */
  readonly temperature?: number;
  /** From 0 to 1. */
  readonly top_p?: number;
  /** From -2 to 2. */
  readonly presence_penalty?: number;
  /** From -2 to 2. */
  readonly frequency_penalty?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Who asks, as the client says: it may say anything. */
  readonly user?: string;
  readonly reasoning_effort?: string;
  readonly response_format?: ResponseFormat;
  readonly metadata?: Readonly<Record<string, string>>;
  /** All that was sent, unchecked. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** In which form a client wants the answer. */
export interface ResponseFormat {
  readonly type: 'text' | 'json_object' | 'json_schema';
  readonly json_schema?: Readonly<Record<string, unknown>>;
}
