import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonError } from '../../../src/http/json-error.js';
import { RunRegistry, sendResponse, type AttachOptions } from 'stepstream/http';
import type { AnyRun } from 'stepstream';
import { serve, type Server } from '../../http/serve.js';
import { readChat, type ChatRequest } from './read-chat.js';

/** What every run of a registry is started with. */
export type Started = { readonly buffer: number };

/** A chat whose answers outlive connections: asked by POST, gone on with by GET …/stream, stopped by POST …/stop. */
export class ChatServer implements AsyncDisposable {
  readonly runs = new RunRegistry();
  /** The last run of each chat. */
  readonly last = new Map<string, AnyRun>();
  /** Requests, as `POST /api/chat`, with the status that each got. */
  readonly log: string[] = [];
  readonly #open = new Set<ServerResponse>();
  readonly #start: (chat: ChatRequest, options: Started) => AnyRun;
  readonly #options: (chat: ChatRequest, run: AnyRun) => AttachOptions;
  #server!: Server;

  constructor(
    start: (chat: ChatRequest, options: Started) => AnyRun,
    options: (chat: ChatRequest, run: AnyRun) => AttachOptions = () => ({}),
  ) {
    this.#start = start;
    this.#options = options;
  }

  async listen(): Promise<this> {
    this.#server = await serve(async (req, res) => {
      this.#open.add(res);
      const response = await this.#answer(req);
      this.log.push(`${req.method} ${req.url} ${response.status}`);
      await sendResponse(response, res);
      this.#open.delete(res);
    });
    return this;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Breaks every connection in the middle, as a network does. */
  cut(): void {
    for (const res of this.#open) res.destroy();
  }

  async #answer(req: IncomingMessage): Promise<Response> {
    const [, id = '', what] = /^\/api\/chat(?:\/([^/]+)\/(stream|stop))?$/.exec(req.url!) ?? [undefined, ''];
    const run = this.last.get(decodeURIComponent(id));
    if (what === 'stream')
      return run ? this.runs.attach(run.id, { format: 'ui-message-stream' }) : new Response(null, { status: 204 });
    if (what === 'stop') return Response.json({ stopped: run !== undefined && (await this.runs.cancel(run.id)) });
    if (req.method !== 'POST') return jsonError(404, 'NOT_FOUND', 'There is nothing here.');
    const chat = await readChat(req);
    const begun = this.runs.start((options) => this.#start(chat, options));
    this.last.set(chat.id, begun);
    return this.runs.attach(begun.id, { format: 'ui-message-stream', ...this.#options(chat, begun) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runs.drain({ timeout: 0 });
    await this.#server[Symbol.asyncDispose]();
  }
}
