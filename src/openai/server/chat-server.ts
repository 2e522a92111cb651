import { CountedEvents } from '../../http/counted-events.js';
import { RunRegistry } from '../../http/run-registry.js';
import { ChatFormat } from './chat-format.js';
import { ChatRequestError } from './chat-request-error.js';
import { ClientEvents } from './client-events.js';
import { Completion } from './completion.js';
import { errorResponse } from './error-response.js';
import type { ServedModel } from './model.js';
import type { Authorize, OpenAIServerOptions } from './openai-server-options.js';
import { plainAnswer } from './plain-answer.js';
import { readChatRequest, type ReadRequest } from './read-chat-request.js';
import { readJson } from './read-json.js';
import { modelNotFound, notAuthorized, unavailable, unknownUrl, wrongMethod } from './refusals.js';
import { createFailure } from './run-failure.js';
import { streamAnswer } from './stream-answer.js';

const MIB = 1_048_576;

/** Answers the requests of OpenAI's clients. */
export class ChatServer<Caller> {
  readonly runs: RunRegistry;
  readonly #options: OpenAIServerOptions<Caller>;
  readonly #asks: Authorize<Caller> | undefined;
  /** A map, for the name of a model comes from a request: `__proto__` is one like any other. */
  readonly #models: ReadonlyMap<string, ServedModel<Caller>>;
  readonly #toFailure: ReturnType<typeof createFailure>;
  readonly #base: string;

  constructor(options: OpenAIServerOptions<Caller> & { readonly authorize?: Authorize<Caller> }) {
    this.#options = options;
    this.#asks = options.authorize;
    this.#models = new Map(Object.entries<ServedModel<Caller>>(options.models));
    this.#toFailure = createFailure(options.describeError);
    this.#base = options.basePath ?? '/v1';
    // Nobody can come back for a run: no more is kept of it than its producers may be ahead.
    this.runs = options.runs ?? new RunRegistry({ buffer: 64, keep: 0 });
  }

  /** Never rejects. */
  async answer(request: Request): Promise<Response> {
    try {
      return await this.#route(request).catch((error: unknown) => this.#refuse(error, request));
    } catch (error) {
      // What was thrown can't even be looked at; what that has thrown can.
      return this.#refuse(error, request);
    }
  }

  async #route(request: Request): Promise<Response> {
    const { method } = request;
    const { pathname } = new URL(request.url);
    const path = pathname.startsWith(`${this.#base}/`) ? pathname.slice(this.#base.length) : '';
    if (path === '/chat/completions') {
      if (method !== 'POST') throw wrongMethod(method, pathname, 'POST');
      return this.#complete(request);
    }
    const id = path === '/models' ? undefined : /^\/models\/(.+)$/.exec(path)?.[1];
    if (path !== '/models' && id === undefined) throw unknownUrl(method, pathname);
    if (method !== 'GET') throw wrongMethod(method, pathname, 'GET');
    await this.#authorize(request);
    return this.#describe(id);
  }

  #describe(id: string | undefined): Response {
    const models = [...this.#models].map(([name, { created, ownedBy }]) => ({
      id: name,
      object: 'model',
      created,
      owned_by: ownedBy,
    }));
    const asked = id && decode(id);
    const found = asked === undefined ? { object: 'list', data: models } : models.find((model) => model.id === asked);
    if (found === undefined) throw modelNotFound(asked!);
    return Response.json(found, { headers: { 'cache-control': 'no-store' } });
  }

  async #complete(request: Request): Promise<Response> {
    if (this.runs.draining) throw unavailable();
    const caller = await this.#authorize(request);
    const json = await readJson(request, this.#options.maxBodyBytes ?? MIB);
    const read = readChatRequest(json, this.#models);
    const { signal } = request;
    const start = await read.served.prepare(read.request, { caller, request, signal });
    if (signal.aborted) return gone();
    if (this.runs.draining) throw unavailable();
    // No await between the start of the run and its first reader.
    const run = this.runs.start(start);
    const leave = this.#options.onDisconnect ?? 'cancel';
    const events = new ClientEvents(new CountedEvents(run, run.events({ leave })), signal);
    const sent = this.#send(request, events, read, new Completion(run.id, read.request.model));
    const response = (await sent.catch((error: unknown) => this.#refuse(error, request))) ?? gone();
    // What the client quotes is what the server's own logs have; an id of the author's may be no header.
    if (/^[\x21-\x7e]+$/.test(run.id)) response.headers.set('x-request-id', run.id);
    return response;
  }

  async #send(
    asked: Request,
    events: ClientEvents,
    { request, served, includeUsage }: ReadRequest<ServedModel<Caller>>,
    completion: Completion,
  ): Promise<Response | undefined> {
    const tell = (error: unknown): void => this.#tell(error, asked);
    const options = { served, completion, includeUsage, toFailure: this.#toFailure, tell };
    if (!request.stream) return plainAnswer(events, options);
    return streamAnswer(events, new ChatFormat(options), this.#options.heartbeat ?? 15_000);
  }

  #refuse(error: unknown, request: Request): Response {
    if (!(error instanceof ChatRequestError)) this.#tell(error, request);
    return errorResponse(this.#toFailure(error));
  }

  async #authorize(request: Request): Promise<Caller> {
    // The types say that the models then know of no caller.
    if (this.#asks === undefined) return undefined as Caller;
    const key = /^Bearer +(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1].trim();
    const caller = await this.#asks(key, request);
    if (caller === undefined || caller === null || caller === false) throw notAuthorized(key);
    return caller;
  }

  #tell(error: unknown, request: Request): void {
    try {
      this.#options.onError?.(error, request);
    } catch {
      // Whoever listens can't change the answer.
    }
  }
}

/** For a client that has left; nobody reads it. */
const gone = (): Response => new Response(null, { status: 499 });

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
