import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { planOf, type RunResult } from 'stepstream';
import { RunRegistry, sendResponse } from 'stepstream/http';
import { Conversations, type Conversation } from './conversations.js';
import { buildPage } from './build-page.js';
import { type WebChat } from './web-chat.js';

const LONGEST_QUESTION = 4_000;
const LONGEST_CONVERSATION = 200;
/** Whatever an answer has in it, the page runs no other script than its own, and stands in no frame. */
const POLICY = "default-src 'self'; img-src data:; frame-ancestors 'none'";

/** What a visitor's request may be refused with. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The page, and the runs behind it: `POST /chat` asks, `GET /runs/ID` goes on reading, `DELETE /runs/ID` stops. */
export class ChatServer {
  readonly #bot: WebChat;
  readonly #note: string;
  /** A page that is gone for a minute does not come back: nobody pays for an answer that nobody reads. */
  readonly #runs = new RunRegistry({ abandon: 60_000 });
  readonly #conversations = new Conversations();
  readonly #server: Server;

  constructor(bot: WebChat, note: string) {
    this.#bot = bot;
    this.#note = note;
    this.#server = createServer((req, res) => void this.#answer(req, res));
  }

  /** Resolves to the address. */
  async listen(port: number): Promise<string> {
    await this.#bot.open();
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://localhost:${(this.#server.address() as { port: number }).port}`;
  }

  /** Lets the answers that are being given end, for some seconds. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await this.#runs.drain({ timeout: 5_000 });
    // What was said last is still being written. A connection that has nothing more to carry is not waited for.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), 20);
    const limit = setTimeout(() => this.#server.closeAllConnections(), 2_000);
    await closed;
    clearInterval(sweep);
    clearTimeout(limit);
    await this.#bot.close();
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      await sendResponse(await this.#route(req, res), res);
    } catch (error) {
      // A visitor who has left while asking.
      if (req.errored && !(error instanceof Refusal)) return;
      // What is no refusal is a mistake of ours: the visitor learns no more than that.
      if (!(error instanceof Refusal)) console.error(error);
      const { status, message } = error instanceof Refusal ? error : { status: 500, message: 'Something went wrong.' };
      await sendResponse(Response.json({ error: { code: 'REFUSED', message } }, { status }), res);
    }
  }

  async #route(req: IncomingMessage, res: ServerResponse): Promise<Response> {
    const [pathname] = req.url!.split('?');
    const [, folder, id = ''] = pathname.split('/');
    const owner = visitorOf(req);
    if (req.method === 'GET' && folder === 'conversation') return this.#conversation(owner, res);
    const conversation = this.#conversations.find(owner);
    if (folder === 'chat' || folder === 'runs') {
      if (conversation === undefined || owner === undefined) throw new Refusal(401, 'Open the page first.');
      if (req.method === 'POST' && folder === 'chat') return this.#ask(await readQuestion(req), conversation, owner);
      if (req.method === 'GET' && folder === 'runs')
        return this.#runs.attach(id, { owner, lastEventId: req.headers['last-event-id'] });
      if (req.method === 'DELETE' && folder === 'runs')
        return new Response(null, { status: (await this.#runs.cancel(id, { owner })) ? 204 : 404 });
    }
    const file = req.method === 'GET' ? (await buildPage()).get(pathname) : undefined;
    if (file === undefined) throw new Refusal(404, 'There is nothing here.');
    return new Response(file.text, {
      headers: { 'content-type': file.type, 'cache-control': 'no-cache', 'content-security-policy': POLICY },
    });
  }

  /** What a page needs when it opens, or opens again. */
  #conversation(owner: string | undefined, res: ServerResponse): Response {
    const known = this.#conversations.find(owner);
    const visitor = known && owner ? owner : this.#conversations.admit();
    if (!known) res.setHeader('set-cookie', `visitor=${visitor}; HttpOnly; SameSite=Strict; Path=/`);
    const { messages, runId } = this.#conversations.find(visitor)!;
    return Response.json({ messages, runId, note: this.#note, graph: graphOf(this.#bot) });
  }

  #ask(question: string, conversation: Conversation, owner: string): Promise<Response> {
    if (this.#runs.draining) throw new Refusal(503, 'The server is stopping.');
    if (conversation.runId !== undefined) throw new Refusal(409, 'One question after the other.');
    const { messages } = conversation;
    const history = messages.map(({ role, content }) => ({ role, content }));
    const run = this.#runs.start((options) => this.#bot.run({ history, question }, options), { owner });
    messages.push({ role: 'user', content: question });
    conversation.runId = run.id;
    const keep = ({ status, text }: RunResult<WebChat>): void => {
      conversation.runId = undefined;
      messages.push({ role: 'assistant', content: text, ...(status !== 'success' && { ended: status }) });
      if (messages.length > LONGEST_CONVERSATION) messages.splice(0, 2);
    };
    // A failed run rejects; its text is in the result all the same, and the page is told by the stream.
    run.result.then(keep, (error: { result: RunResult<WebChat> }) => keep(error.result));
    return this.#runs.attach(run.id, { owner });
  }
}

const visitorOf = ({ headers }: IncomingMessage): string | undefined =>
  /(?:^|; )visitor=([\w-]+)/.exec(headers.cookie ?? '')?.[1];

/** The steps in plan order, each with those that it leads to. */
const graphOf = (bot: WebChat) => {
  const { steps } = planOf(bot.constructor);
  return steps.map(({ name, kind, to }) => ({ name, kind, to: to.map((id) => steps[id].name) }));
};

async function readQuestion(req: IncomingMessage): Promise<string> {
  // A page of somebody else can send a form, but no JSON without being allowed to.
  if (!req.headers['content-type']?.startsWith('application/json')) throw new Refusal(415, 'A question is JSON.');
  let body = '';
  for await (const piece of req.setEncoding('utf8')) {
    body += piece as string;
    if (body.length > 2 * LONGEST_QUESTION) throw new Refusal(413, `At most ${LONGEST_QUESTION} characters.`);
  }
  const { question } = parse(body) as { question?: unknown };
  if (typeof question !== 'string' || question.trim() === '' || question.length > LONGEST_QUESTION)
    throw new Refusal(400, `A question has between 1 and ${LONGEST_QUESTION} characters.`);
  return question.trim();
}

function parse(body: string): object {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said === 'object' && said !== null) return said;
  } catch {
    // Said below.
  }
  throw new Refusal(400, 'This is no JSON object.');
}
