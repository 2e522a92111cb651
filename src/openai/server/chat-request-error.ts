/** What an OpenAI client is told of a request that isn't answered. */
export interface ChatRequestFacts {
  readonly message: string;
  /** The HTTP status, from 400 to 599. 400 by default; within a stream that has begun there is none. */
  readonly status?: number;
  /** `invalid_request_error` below 500 and `server_error` from there on by default. */
  readonly type?: string;
  /** The field of the request that is to blame. */
  readonly param?: string | null;
  readonly code?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Throw it in `state`, `options` or `authorize` to refuse a request with a status and an error of your own. */
export class ChatRequestError extends Error {
  override readonly name = 'ChatRequestError';
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ message, status = 400, type, param = null, code = null, headers = {} }: ChatRequestFacts) {
    super(message);
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`An error is sent with a status from 400 to 599, not ${status}.`);
    this.status = status;
    this.type = type ?? (status < 500 ? 'invalid_request_error' : 'server_error');
    this.param = param;
    this.code = code;
    this.headers = headers;
    // What can't be sent is a mistake where it is made: where it is answered nothing else could be said.
    void new Response(JSON.stringify(this), { headers });
  }

  /** As OpenAI sends it. */
  toJSON(): object {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}
