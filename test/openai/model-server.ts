import {
  buildTextChunks,
  createServer as createModelServer,
  type Fixture,
  type Mountable,
  type ServerInstance,
} from '@copilotkit/aimock';

/** What a test asks of the model: each user message names the way in which it is answered. */
export const ANSWER = 'Forty-two, of course: the answer to everything.';

const fixture = (userMessage: string, more: Omit<Fixture, 'match' | 'response'> = {}): Fixture => ({
  match: { userMessage },
  response: { content: ANSWER, usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } },
  chunkSize: 5,
  ...more,
});

const FIXTURES: Fixture[] = [
  fixture('answer'),
  fixture('slowly', { latency: 20 }),
  // The first piece has the role only; of what a server sent last before it broke, the client may see nothing.
  fixture('truncate', { latency: 20, truncateAfterChunks: 3 }),
  fixture('drop', { latency: 25, disconnectAfterMs: 110 }),
  fixture('stall', { recordedTimings: { ttftMs: 0, interChunkDelaysMs: [0, 0, 60_000], totalDurationMs: 60_000 } }),
  fixture('never begin', { streamingProfile: { ttft: 60_000 } }),
  { match: { userMessage: 'fail' }, response: { status: 500, error: { message: 'The model is down.' } } },
  {
    match: { userMessage: 'talk too long' },
    response: { content: ANSWER, finishReason: 'length' },
  },
  {
    match: { userMessage: 'be filtered' },
    response: { content: '', finishReason: 'content_filter' },
  },
];

/** An OpenAI-compatible server in this process, over real HTTP, which tells what became of each request. */
export interface ModelServer extends AsyncDisposable {
  /** For the client's `baseURL`. */
  readonly baseURL: string;
  /** The same server, but every stream ends cleanly after two pieces of text: no finish_reason, no [DONE]. */
  readonly cutURL: string;
  /** The same server, but every stream breaks into an error after two pieces of text. */
  readonly brokenURL: string;
  readonly requests: ServerInstance['journal'];
  /** Resolves when a client has closed its connection before the answer was whole. */
  readonly disconnected: Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const pieces = buildTextChunks(ANSWER, 'gpt-mock', 5).slice(0, 3);
  const mounts = [
    { path: '/cut', handler: streaming(pieces) },
    { path: '/broken', handler: streaming([...pieces, { error: { message: 'The model has crashed.' } }]) },
  ];
  const mock = await createModelServer(FIXTURES, { port: 0, host: '127.0.0.1' }, mounts);
  const disconnected = new Promise<void>((resolve) => {
    mock.server.on('request', (_request, response) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
  });
  return {
    baseURL: `${mock.url}/v1`,
    cutURL: `${mock.url}/cut/v1`,
    brokenURL: `${mock.url}/broken/v1`,
    requests: mock.journal,
    disconnected,
    async [Symbol.asyncDispose]() {
      mock.server.closeAllConnections();
      await new Promise((resolve) => mock.server.close(resolve));
    },
  };
}

/** Answers every request with these pieces, and closes the connection as a server does that has said all. */
const streaming = (pieces: readonly unknown[]): Mountable => ({
  handleRequest(_request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) response.write(`data: ${JSON.stringify(piece)}\n\n`);
    response.end();
    return Promise.resolve(true);
  },
});
