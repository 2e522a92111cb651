import { RunBody } from '../../http/run-body.js';
import type { WireFormat } from '../../http/wire-format.js';
import { BegunFormat } from './begun-format.js';
import type { ChatFormat } from './chat-format.js';
import type { ClientEvents } from './client-events.js';

/** Against whatever stands between and would collect the stream, or change it. */
const UNBUFFERED = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/**
 * Sends a run as a stream of parts, at the client's pace. As long as nothing was said, for at most `heartbeat`
 * milliseconds, a failure still has a status of its own: it is thrown. Undefined for a client that has left.
 */
export async function streamAnswer(
  events: ClientEvents,
  format: ChatFormat,
  heartbeat: number | false,
): Promise<Response | undefined> {
  const silence = new Silence(heartbeat);
  try {
    for (;;) {
      const asked = events.next();
      const read = await silence.orRead(asked);
      if (read === undefined) {
        events.putBack(asked);
        return send(events, format, heartbeat);
      }
      if (read.done) {
        await events.return();
        return undefined;
      }
      const text = format.write(read.value);
      if (format.failure) throw format.failure;
      if (text === '') continue;
      events.putBack(asked);
      return send(events, new BegunFormat(format, { event: read.value, text }), heartbeat);
    }
  } catch (error) {
    await events.return();
    throw error;
  } finally {
    silence.stop();
  }
}

const send = (events: ClientEvents, format: WireFormat, heartbeat: number | false): Response =>
  new Response(new ReadableStream(new RunBody(events, format, heartbeat), { highWaterMark: 0 }), {
    headers: { ...UNBUFFERED, ...format.headers },
  });

/** How long a client hears nothing at all. */
class Silence {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: ((read: undefined) => void) | undefined;

  constructor(milliseconds: number | false) {
    if (milliseconds !== false) this.#timer = setTimeout(() => this.#end?.(undefined), milliseconds);
  }

  /** What is read, or undefined if that takes too long. No race: one promise for all would keep every event until its end. */
  orRead<Read>(asked: Promise<Read>): Promise<Read | undefined> {
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      asked.then(resolve, reject);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
