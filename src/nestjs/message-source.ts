import { BadRequestException, GoneException, HttpException, type MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';
import { createDescribe, type Describe } from '../http/describe-failure.js';
import { CountedEvents } from '../http/counted-events.js';
import { readPosition } from '../http/read-position.js';
import { Readers } from '../http/readers.js';
import { checkResponseOptions } from '../http/response-options.js';
import { createFilter, toWire } from '../http/to-wire.js';
import { MisuseError } from '../errors/misuse-error.js';
import type { RunEvent } from '../run/events.js';
import type { AnyRun } from '../run/run.js';
import type { MessageEventOptions, PacingResponse } from './message-event-options.js';

type Read = IteratorResult<RunEvent, undefined>;

/** Nest subscribes in the turn in which the method has answered, unless the client has left by then: then never. */
const SUBSCRIBED_WITHIN = 2_000;
/** After so many events the event loop gets a turn, so that sockets are written to and the client's leaving is seen. */
const IN_ONE_TURN = 16;
const HEARTBEAT = 15_000;

/** The events of one run on their way to the one who subscribes. */
export class MessageSource {
  readonly #events: AsyncIterator<RunEvent, undefined>;
  readonly #after: number;
  readonly #wants: (type: RunEvent['type']) => boolean;
  readonly #describe: Describe;
  readonly #options: MessageEventOptions;
  /** Attached to the run at once, as a run is not to be late for its reader. */
  readonly #first: Promise<Read>;
  /** The id of the last event that was sent. */
  #sent: string;
  #left = false;
  #subscribed = false;
  /** Whether nobody has subscribed in time. */
  #late = false;
  readonly #unread: ReturnType<typeof setTimeout>;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(run: AnyRun, options: MessageEventOptions) {
    const after = readAfter(run, options);
    this.#options = options;
    this.#after = after;
    this.#sent = String(after);
    this.#wants = createFilter(options.types);
    this.#describe = createDescribe(options.describeError);
    const events = run.events({ leave: options.onDisconnect });
    // A run that can't be read any more is a mistake of the server, and told before any header is sent.
    events.attach?.();
    // Once the client has left nobody may be reading, and a failure must not end the whole server for that.
    run.result.catch(() => undefined);
    this.#events = new CountedEvents(run, events);
    this.#first = this.#events.next();
    // Whoever subscribes gets it.
    this.#first.catch(() => undefined);
    this.#unread = setTimeout(() => {
      this.#late = true;
      this.#leave();
    }, SUBSCRIBED_WITHIN);
    const { signal, response } = options;
    signal?.addEventListener('abort', this.#leave, { once: true });
    response?.once('close', this.#leave);
    if (signal?.aborted || response?.destroyed) this.#leave();
  }

  /** Returns what ends the subscription. */
  subscribe(subscriber: Subscriber<MessageEvent>): (() => void) | undefined {
    if (this.#subscribed || this.#late) {
      subscriber.error(
        refuse(this.#late ? 'were left since nobody had subscribed for two seconds' : 'have one subscriber'),
      );
      return undefined;
    }
    this.#subscribed = true;
    clearTimeout(this.#unread);
    const { heartbeat = HEARTBEAT } = this.#options;
    if (heartbeat !== false && !this.#left) this.#heartbeat = setInterval(() => this.#beat(subscriber), heartbeat);
    this.#send(subscriber).catch((error: unknown) => subscriber.error(error));
    return this.#leave;
  }

  #beat(subscriber: Subscriber<MessageEvent>): void {
    // A connection that has much to send is not silent.
    if (this.#options.response?.writableNeedDrain) return;
    // With the last id again: Nest 11.0 knows no comments, and would number a message without an id itself.
    subscriber.next({ id: this.#sent, comment: 'hb' });
  }

  async #send(subscriber: Subscriber<MessageEvent>): Promise<void> {
    let read = await this.#first;
    if (!this.#left) this.#checkFirst(read);
    for (let sent = 0; !read.done && !subscriber.closed && !this.#left; read = await this.#events.next()) {
      const event = read.value;
      // What an EventSource takes for: don't come again. What is kept is read in one turn, before Nest sends headers.
      if (event.type === 'run-end' && event.seq === this.#after) throw new HttpException('', 204);
      // The end comes in any case: a client that names a position which there never was must not wait for ever.
      if (event.type === 'run-end') {
        subscriber.next(this.#toMessage(event));
        break;
      }
      if (event.seq <= this.#after) continue;
      if (this.#wants(event.type)) subscriber.next(this.#toMessage(event));
      this.#heartbeat?.refresh();
      if (++sent % IN_ONE_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      await this.#room();
    }
    subscriber.complete();
  }

  /** Nothing has been sent yet: Nest can still answer with a status of its own. */
  #checkFirst({ done, value }: Read): void {
    // Who asks for all may get all of a later segment of the run.
    if (!done && (value.seq <= this.#after + 1 || (this.#after === 0 && value.type === 'run-start'))) return;
    throw new GoneException({
      error: { code: 'EVENTS_GONE', message: 'Events behind this position are no longer kept.' },
    });
  }

  #toMessage(event: RunEvent): MessageEvent {
    this.#sent = String(event.seq);
    return { id: this.#sent, type: event.type, data: toWire(event, this.#describe) };
  }

  /** Waits until the client has read enough of what was sent, if anybody can tell. */
  #room(): Promise<void> | undefined {
    const { response } = this.#options;
    if (!response?.writableNeedDrain || response.destroyed) return undefined;
    return new Promise((resolve) => {
      const goOn = (): void => {
        response.off('drain', goOn);
        response.off('close', goOn);
        resolve();
      };
      response.once('drain', goOn);
      response.once('close', goOn);
    });
  }

  /** The client has left, or all is sent. Who cancels the run by leaving is the run's iterator, if the run is alive. */
  readonly #leave = (): void => {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#unread);
    clearInterval(this.#heartbeat);
    const { signal, response } = this.#options;
    signal?.removeEventListener('abort', this.#leave);
    response?.off('close', this.#leave);
    // How the run has failed is the run's own to tell.
    this.#events.return?.().catch(() => undefined);
  };
}

/** Behind which event the client goes on. */
function readAfter(run: AnyRun, options: MessageEventOptions): number {
  try {
    checkResponseOptions(options);
    checkPacing(options.response);
    const after = readPosition(options);
    if (after !== undefined) return after;
    throw new BadRequestException({
      error: { code: 'INVALID_POSITION', message: 'This is no position in the events of a run.' },
    });
  } catch (error) {
    // One that was begun for this client would go on for nobody; one that a registry keeps is there for others too.
    if (Readers.of(run) === undefined && options.onDisconnect !== 'detach')
      void run.cancel('It was refused to its client.');
    throw error;
  }
}

/** With Fastify it is the reply that `@Res()` gives, which says nothing of its client. */
function checkPacing(response: Partial<PacingResponse> | undefined): void {
  if (response === undefined || (typeof response?.once === 'function' && typeof response.off === 'function')) return;
  throw new MisuseError({
    code: 'INVALID_RESPONSE_OPTION',
    message: 'toMessageEvents(): the option response must be a response of Node.',
    remedy: 'Pass @Res() with Express, and its raw with Fastify.',
  });
}

const refuse = (why: string): MisuseError =>
  new MisuseError({
    code: 'SUBSCRIPTION_REFUSED',
    message: `The events of a run that toMessageEvents() made ${why}.`,
    remedy:
      'Call it for each subscriber, in the turn in which the run was started, and subscribe at once; or share() it.',
  });
