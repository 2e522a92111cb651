/** What is used of a Node request: `http.IncomingMessage`, Express's `req`, Fastify's `request.raw`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the address before it took off the path that a router is mounted at. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What a body parser before has made of the body. */
  readonly body?: unknown;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  on(event: 'data' | 'end' | 'close' | 'error', listener: (data: Uint8Array) => void): unknown;
  off(event: 'data' | 'end' | 'close' | 'error', listener: (data: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}
