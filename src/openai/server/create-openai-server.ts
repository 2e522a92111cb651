import type { NodeOutcome, NodeReply } from '../../http/node-reply.js';
import type { DrainOptions } from '../../http/run-registry.js';
import { answerNode } from './answer-node.js';
import { ChatServer } from './chat-server.js';
import type { NodeRequest } from './node-request.js';
import { checkServerOptions, type GuardedServerOptions, type OpenServerOptions } from './openai-server-options.js';

/** Pipelines as models, for any client of OpenAI. */
export interface OpenAIServer {
  /** Answers a web request (Hono, Next, Deno, Bun). Never rejects: what goes wrong is an answer too. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Answers a Node request (`node:http`, Express, Fastify's raw ones). Resolves when all is sent, or the client has left. */
  readonly listener: (req: NodeRequest, res: NodeReply) => Promise<NodeOutcome>;
  /** Whether it takes no more runs, and answers 503. */
  readonly draining: boolean;
  /** Takes no more runs, and resolves when those that are alive have ended: by themselves or, after `timeout`, cancelled. */
  drain(options?: DrainOptions): Promise<{ readonly cancelled: number }>;
}

/** Serves pipelines as OpenAI serves its models: `GET /v1/models`, `GET /v1/models/:id`, `POST /v1/chat/completions`. */
export function createOpenAIServer<Caller>(options: GuardedServerOptions<Caller>): OpenAIServer;
/** The same for everybody: without `authorize` nobody is known. */
export function createOpenAIServer(options: OpenServerOptions): OpenAIServer;
export function createOpenAIServer(options: GuardedServerOptions<unknown> | OpenServerOptions): OpenAIServer {
  checkServerOptions(options);
  const server = new ChatServer<unknown>(options as GuardedServerOptions<unknown>);
  const fetch = (request: Request): Promise<Response> => server.answer(request);
  return {
    fetch,
    listener: (req, res) => answerNode(fetch, req, res),
    get draining() {
      return server.runs.draining;
    },
    drain: (drainOptions) => server.runs.drain(drainOptions),
  };
}
