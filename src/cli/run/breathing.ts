import { setImmediate as turn } from 'node:timers/promises';

/** So long a run may keep the process to itself, in milliseconds. */
const LONGEST = 10;

/**
 * The events of a run, with turns of the event loop between them: a run that never waits for anything would keep signals,
 * timers and streams from being heard until its end.
 */
export async function* breathing<T>(events: AsyncIterable<T>): AsyncGenerator<T> {
  let last = performance.now();
  for await (const event of events) {
    yield event;
    if (performance.now() - last < LONGEST) continue;
    await turn();
    last = performance.now();
  }
}
