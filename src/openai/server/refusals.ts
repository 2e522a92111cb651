import { ChatRequestError } from './chat-request-error.js';

/** An address that this server doesn't have. */
export const unknownUrl = (method: string, path: string): ChatRequestError =>
  new ChatRequestError({ status: 404, message: `Invalid URL (${method} ${path})`, code: 'unknown_url' });

/** A method that this address doesn't have. */
export const wrongMethod = (method: string, path: string, allow: string): ChatRequestError =>
  new ChatRequestError({
    status: 405,
    message: `Not allowed to ${method} on ${path} (HINT: Perhaps you meant to use a different HTTP method?)`,
    code: 'method_not_supported',
    headers: { allow },
  });

/** A model that isn't served here. */
export const modelNotFound = (id: string): ChatRequestError =>
  new ChatRequestError({
    status: 404,
    message: `The model \`${id}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });

/** A key that `authorize` doesn't take, or none. The key isn't repeated. */
export const notAuthorized = (key: string | undefined): ChatRequestError =>
  new ChatRequestError({
    status: 401,
    message:
      key === undefined
        ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        : 'Incorrect API key provided.',
    code: 'invalid_api_key',
    headers: { 'www-authenticate': 'Bearer' },
  });

/** A server that takes no more runs. A client may try again: another one may answer. */
export const unavailable = (): ChatRequestError =>
  new ChatRequestError({ status: 503, message: 'The server is stopping. Please try again.', code: 'server_stopping' });

/** A body that is no JSON. */
export const notJson = (): ChatRequestError =>
  new ChatRequestError({
    message:
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
  });

/** A body whose client has left before it was whole. */
export const brokenOff = (): ChatRequestError => new ChatRequestError({ message: 'The request has broken off.' });

/** A body that says to be something else than JSON. */
export const notJsonType = (type: string | null): ChatRequestError =>
  new ChatRequestError({
    status: 415,
    message: `Unsupported content type${type === null ? '' : `: '${type}'`}. This API method only accepts 'application/json' requests.`,
    code: 'unsupported_content_type',
  });

/** A body that is longer than this server reads. */
export const tooLarge = (limit: number): ChatRequestError =>
  new ChatRequestError({
    status: 413,
    message: `Maximum content size limit (${limit}) exceeded.`,
    code: 'request_too_large',
  });
