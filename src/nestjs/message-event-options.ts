import type { Position } from '../http/read-position.js';
import type { ResponseOptions } from '../http/response-options.js';

/** What is used of a response to know whether the client is there and has room: `http.ServerResponse`, Express's `res`, Fastify's `reply.raw`. */
export interface PacingResponse {
  readonly writableNeedDrain: boolean;
  readonly destroyed: boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** How a run is sent by an `@Sse()` method. */
export interface MessageEventOptions
  extends Pick<ResponseOptions, 'onDisconnect' | 'types' | 'heartbeat' | 'describeError'>, Position {
  /**
   * The response of the request, `@Res() response`. The run is then read at the pace of the client, and one that has left
   * before anything was sent is known at once. Without it an Observable can't wait: Nest keeps in memory what a slow client
   * has not read, up to its `maxPendingDataLength`; the first versions of Nest 11 have no such limit.
   */
  readonly response?: PacingResponse;
  /** The `@SseSignal()` of the request, to know of such a client without the response. */
  readonly signal?: AbortSignal;
}
