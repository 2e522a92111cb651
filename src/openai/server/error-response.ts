import type { ChatRequestError } from './chat-request-error.js';

/** An error as a response of its own: nothing of an answer was sent. */
export const errorResponse = (error: ChatRequestError): Response =>
  Response.json(error, { status: error.status, headers: { 'cache-control': 'no-store', ...error.headers } });
