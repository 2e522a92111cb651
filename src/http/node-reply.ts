/** What is used of a Node response: `http.ServerResponse`, Express's `res`, Fastify's `reply.raw`, that of `node:http2`. */
export interface NodeReply {
  readonly destroyed?: boolean;
  readonly stream?: { readonly destroyed: boolean };
  readonly req?: { readonly method?: string | undefined };
  readonly writableEnded: boolean;
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  flushHeaders?(): void;
  write(data: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  on(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  off(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
}

/** How a response was sent: to its end, broken off as plain text is by a failure, or left by the client. */
export type NodeOutcome = 'complete' | 'broken' | 'disconnected';
