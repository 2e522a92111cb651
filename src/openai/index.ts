export { streamChat, type ChatContext } from './stream-chat.js';
export type { ChatBody, ChatClient, ChatMessage, ChatPart, ChatRequest, FinishReason } from './chat-client.js';
export { ModelStreamCutError } from './model-stream-cut-error.js';
export { mockModel, type MockModelOptions } from './mock-model.js';
export { createOpenAIServer, type OpenAIServer } from './server/create-openai-server.js';
export { model, type ServedModel } from './server/model.js';
export { ChatRequestError, type ChatRequestFacts } from './server/chat-request-error.js';
export type {
  Authorize,
  GuardedServerOptions,
  OpenAIServerOptions,
  OpenServerOptions,
  Refused,
} from './server/openai-server-options.js';
export type {
  AnswerOptions,
  ChatCall,
  MakeRunOptions,
  ServedRunOptions,
  ServeOptions,
} from './server/serve-options.js';
export type { ChatCompletionRequest, ResponseFormat, ServedMessage } from './server/chat-completion-request.js';
export type { DescribeFailure } from './server/run-failure.js';
export type { NodeRequest } from './server/node-request.js';
