import type { NodeOutcome, NodeReply } from '../../http/node-reply.js';
import { sendResponse } from '../../http/send-response.js';
import { ChatRequestError } from './chat-request-error.js';
import { errorResponse } from './error-response.js';
import type { NodeRequest } from './node-request.js';
import { NodeRequestBody } from './node-request-body.js';

/** Answers a Node request with what a web server says to it. Rejects only if somebody has begun to answer already. */
export async function answerNode(
  answer: (request: Request) => Promise<Response>,
  req: NodeRequest,
  res: NodeReply,
): Promise<NodeOutcome> {
  const client = new AbortController();
  const leave = (): void => {
    if (!res.writableEnded) client.abort();
  };
  res.on('close', leave);
  if (res.destroyed) leave();
  const body = new NodeRequestBody(req);
  const request = toRequest(req, body, client.signal);
  try {
    return await sendResponse(request ? await answer(request) : errorResponse(unreadable()), res);
  } finally {
    res.off('close', leave);
    // What nobody wanted of the body is read past: the connection can then be used again.
    if (!req.readableEnded) body.cancel();
  }
}

/** Undefined for what no web server is asked: `TRACE`, a header that is none … */
function toRequest(req: NodeRequest, unread: NodeRequestBody, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '/', originalUrl = url } = req;
  try {
    const address = new URL(originalUrl.startsWith('/') ? `http://localhost${originalUrl}` : originalUrl);
    const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(req, unread);
    // A stream is sent while it is read; the types of the DOM don't know the word.
    const half = { duplex: 'half' } as object;
    return new Request(address, { method, headers: headersOf(req), body, signal, ...half });
  } catch {
    return undefined;
  }
}

/** Of the body as it was on its way. */
const OF_BYTES: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

function headersOf({ headers, readableEnded, body }: NodeRequest): Headers {
  const all = new Headers();
  // What a body parser has made of it is inflated, and has a length of its own.
  const parsed = readableEnded && body !== undefined;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !name.startsWith(':') && !(parsed && OF_BYTES.has(name)))
      all.set(name, Array.isArray(value) ? value.join(', ') : (value as string));
  return all;
}

/** What is left to read, or what a body parser has made of what it has read. */
function bodyOf(req: NodeRequest, unread: NodeRequestBody): BodyInit | null {
  if (!req.readableEnded) return new ReadableStream(unread, { highWaterMark: 0 });
  const { body } = req;
  // Somebody has read it and kept nothing: waiting for it would be for ever.
  if (body === undefined) return null;
  return typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body);
}

const unreadable = (): ChatRequestError => new ChatRequestError({ message: 'This request could not be read.' });
