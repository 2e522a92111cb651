import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StepstreamError } from 'stepstream';
import type { EngineClient } from 'stepstream/engine/dbos';
import { sendResponse, toResponse } from 'stepstream/http';
import { buildPage } from './build-page.js';
import { Chatbot } from './chatbot.js';
import type { Workers } from './workers.js';

const POLICY = "default-src 'self'; img-src data:; frame-ancestors 'none'";
const LONGEST_QUESTION = 500;

/** The page, and the way to the workers. It keeps nothing of a run: any number of such servers could stand side by side. */
export class ClusterServer {
  readonly #client: EngineClient;
  readonly #workers: Workers;
  readonly #server: Server;

  constructor(client: EngineClient, workers: Workers) {
    this.#client = client;
    this.#workers = workers;
    this.#server = createServer((req, res) => void this.#answer(req, res));
  }

  /** Resolves to the address. */
  async listen(port: number): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    // Whoever reads a run comes back to another server, or when this one is up again.
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const response = await this.#route(req).catch((error: unknown) => {
      if (StepstreamError.is(error) && error.code === 'NO_SUCH_RUN') return refuse(404, 'There is no such run.');
      console.error(error);
      return refuse(500, 'Something went wrong.');
    });
    await sendResponse(response, res).catch((error: unknown) => console.error(error));
  }

  async #route(req: IncomingMessage): Promise<Response> {
    const [, folder, last = ''] = req.url!.split('?')[0].split('/');
    const id = decodeURIComponent(last);
    const call = `${req.method} ${folder}`;
    if (call === 'POST chat') return this.#ask(await readQuestion(req));
    if (call === 'GET runs') return this.#attach(id, req.headers['last-event-id']);
    if (call === 'DELETE runs') return done(await this.#client.cancel(id, 'The visitor has pressed Stop.'));
    if (call === 'GET workers') return Response.json(this.#workers.all);
    if (call === 'DELETE workers') return done(this.#workers.kill(id));
    const file = req.method === 'GET' ? (await buildPage()).get(`/${folder}`) : undefined;
    if (file === undefined) return refuse(404, 'There is nothing here.');
    const headers = { 'content-type': file.type, 'cache-control': 'no-cache', 'content-security-policy': POLICY };
    return new Response(file.text, { headers });
  }

  async #ask(question: string | undefined): Promise<Response> {
    if (question === undefined) return refuse(400, `A question is JSON of at most ${LONGEST_QUESTION} characters.`);
    // Whoever leaves the page comes back to it: a run ends by Stop alone.
    return toResponse(await this.#client.start(Chatbot, { question }), { onDisconnect: 'detach' });
  }

  /** A run as it goes on behind what the page has read; in the end it is read from the database as it was. */
  async #attach(id: string, lastEventId: string | string[] = '0'): Promise<Response> {
    if (!/^\d{1,15}$/.test(String(lastEventId))) return refuse(400, 'Last-Event-ID is no number.');
    const run = await this.#client.attach(id, { after: Number(lastEventId) });
    return toResponse(run, { onDisconnect: 'detach' });
  }
}

const refuse = (status: number, message: string): Response =>
  Response.json({ error: { code: 'REFUSED', message } }, { status });

const done = (was: boolean): Response => new Response(null, { status: was ? 204 : 404 });

async function readQuestion(req: IncomingMessage): Promise<string | undefined> {
  // A page of somebody else can send a form, but no JSON without being allowed to.
  if (!req.headers['content-type']?.startsWith('application/json')) return undefined;
  let body = '';
  for await (const piece of req.setEncoding('utf8')) {
    body += piece as string;
    if (body.length > 4 * LONGEST_QUESTION) return undefined;
  }
  try {
    const { question } = JSON.parse(body) as { question?: unknown };
    return typeof question === 'string' && question.trim() !== '' && question.length <= LONGEST_QUESTION
      ? question
      : undefined;
  } catch {
    return undefined;
  }
}
