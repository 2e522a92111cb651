export { streamChat, type ChatContext } from './stream-chat.js';
export type { ChatBody, ChatClient, ChatMessage, ChatPart, ChatRequest, FinishReason } from './chat-client.js';
export { ModelStreamCutError } from './model-stream-cut-error.js';
export { mockModel, type MockModelOptions } from './mock-model.js';
