import type { IncomingMessage } from 'node:http';
import type { UIMessage } from 'ai';
import { textOf } from './chat-page.js';

/** What the AI SDK's transport sends. */
export interface ChatRequest {
  readonly id: string;
  readonly messages: readonly UIMessage[];
  readonly trigger: string;
  readonly [field: string]: unknown;
}

export async function readChat(req: IncomingMessage): Promise<ChatRequest> {
  let text = '';
  for await (const piece of req.setEncoding('utf8')) text += piece;
  return JSON.parse(text) as ChatRequest;
}

/** The text of the message that is to be answered. */
export const lastText = ({ messages }: ChatRequest): string => textOf(messages.at(-1)!);
