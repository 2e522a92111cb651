import { CANCEL_CHANNEL } from '../postgres/run-desk.js';
import type { PgListener } from '../postgres/pg-listener.js';
import type { TurnRoom } from './turn-room.js';

/** Ends the runs that anybody asks to end, also those of which it was said while nobody listened; until it is stopped. */
export function obeyCancels(
  listener: PgListener,
  { desk, live }: TurnRoom,
  onError: (error: unknown) => void,
): () => void {
  const look = async (runIds: readonly string[]): Promise<void> => {
    if (runIds.length === 0) return;
    for (const [runId, reason] of await desk.askedToCancel(runIds)) live.get(runId)?.cancel(reason);
  };
  return listener.listen(CANCEL_CHANNEL, {
    onPayload: (runId) => {
      if (live.get(runId)) look([runId]).catch(onError);
    },
    onListening: () => {
      look(live.ids).catch(onError);
    },
  });
}
