import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { AnyRun } from '../run/run.js';
import type { MessageEventOptions } from './message-event-options.js';
import { MessageSource } from './message-source.js';

/**
 * The events of a run for `@Sse()`: `id` is `seq`, `type` the type, `data` JSON, and `run-end` the last. Call it in the turn
 * in which the run was started. Unsubscribing, as Nest does when the client leaves, ends the run, or with
 * `onDisconnect: 'detach'` leaves it; so does it if nobody has subscribed for two seconds. Throws `BadRequestException` for
 * a `lastEventId` that is none, which ends the run too, unless a registry keeps it.
 */
export function toMessageEvents(run: AnyRun, options: MessageEventOptions = {}): Observable<MessageEvent> {
  const source = new MessageSource(run, options);
  return new Observable((subscriber) => source.subscribe(subscriber));
}
