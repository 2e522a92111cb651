import type { Position } from '../http/read-position.js';
import type { ResponseOptions } from '../http/response-options.js';

/** What is used of a response to know whether the client has room: `http.ServerResponse`, Express's `res`, Fastify's `reply.raw`. */
export interface PacingResponse {
  readonly writableNeedDrain: boolean;
  readonly destroyed: boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** How a run is sent by an `@Sse()` method. */
export interface MessageEventOptions
  extends Pick<ResponseOptions, 'onDisconnect' | 'types' | 'heartbeat' | 'describeError'>, Position {
  /** The `@SseSignal()` of the request: a client that has left before anything was sent is known by it at once. */
  readonly signal?: AbortSignal;
  /**
   * The response of the request, `@Res() res`: the run is then read at the pace of the client. Without it an Observable
   * can't wait, and Nest keeps what a slow client has not read, up to its `maxPendingDataLength`.
   */
  readonly response?: PacingResponse;
}
