import { placeOf } from '../../http/place-of.js';
import { Transcript } from '../../run/transcript.js';
import type { ChatFormatOptions } from './chat-format.js';
import { ChatOutcome } from './chat-outcome.js';
import type { ClientEvents } from './client-events.js';
import { failureOf } from './run-failure.js';

/** Sends what a run has said when it has ended; throws why it hasn't answered. Undefined for a client that has left. */
export async function plainAnswer(events: ClientEvents, options: ChatFormatOptions): Promise<Response | undefined> {
  const { completion, toFailure } = options;
  const outcome = new ChatOutcome(options);
  const transcript = new Transcript();
  try {
    for (;;) {
      const { done, value: event } = await events.next();
      if (done) return undefined;
      outcome.watch(event);
      if (outcome.speaks(event)) transcript.add(placeOf(event), event.value);
      else if (event.type === 'token-reset') transcript.reset(placeOf(event));
      else if (event.type === 'run-end') {
        const failure = failureOf(event, toFailure);
        if (failure) throw failure;
        const whole = completion.whole(transcript.text, outcome.finishReason, outcome.usage);
        return Response.json(whole, { headers: { 'cache-control': 'no-store' } });
      }
    }
  } finally {
    await events.return();
  }
}
