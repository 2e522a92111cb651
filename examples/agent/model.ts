/** What a model wants done before it goes on. */
export interface ToolCall {
  id: string;
  name: string;
  args: Record<string, string>;
}

/** What a model has said, and which tools it wants called; none when it has answered. */
export interface Reply {
  content: string;
  calls: ToolCall[];
}

/** One message of the conversation, as plain data: it is kept in the state of the run. */
export type Message =
  | { role: 'user'; content: string }
  | { role: 'assistant'; content: string; calls: ToolCall[] }
  | { role: 'tool'; content: string; callId: string };

/** Streams what it says, and returns the whole. */
export type Model = (messages: readonly Message[], signal: AbortSignal) => AsyncGenerator<string, Reply>;
