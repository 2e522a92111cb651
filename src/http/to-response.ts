import type { RunEvent } from '../run/events.js';
import type { AnyRun } from '../run/run.js';
import { CountedEvents } from './counted-events.js';
import { createFormat } from './create-format.js';
import { checkResponseOptions, type ResponseOptions } from './response-options.js';
import { RunBody } from './run-body.js';

/** Against whatever stands between and would collect the stream, or change it. */
const UNBUFFERED = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

const HEARTBEAT = 15_000;

/**
 * Sends a run as the body of a web `Response`. Call it in the turn in which the run was started; later it throws a
 * `LateIteratorError`. The client's pace is
 * that of the run, and a client that leaves ends it, unless `onDisconnect` is `detach`; so do options that are refused.
 */
export function toResponse(run: AnyRun, options: ResponseOptions = {}): Response {
  const leave = options.onDisconnect === 'detach' ? 'detach' : 'cancel';
  // Once the client has left nobody may be reading, and a failure must not end the whole server for that.
  if (leave === 'detach') run.result.catch(() => undefined);
  const events = run.events({ leave });
  // A run that can't be read any more is a mistake of the server, and told before any header is sent.
  events.attach?.();
  const counted = new CountedEvents(run, events);
  try {
    checkResponseOptions(options);
    return createResponse(counted, options);
  } catch (error) {
    // It was begun for this response, and would go on for nobody: it is left as by a client.
    counted.return().catch(() => undefined);
    throw error;
  }
}

/** A response of events, whoever has begun to read them. */
export function createResponse(events: AsyncIterator<RunEvent, undefined>, options: ResponseOptions): Response {
  const format = createFormat(options);
  const body = new RunBody(events, format, options.heartbeat ?? HEARTBEAT, options.signal);
  const headers = new Headers(options.headers);
  for (const [name, value] of Object.entries({ ...UNBUFFERED, ...format.headers })) headers.set(name, value);
  return new Response(new ReadableStream(body, { highWaterMark: 0 }), { headers });
}
