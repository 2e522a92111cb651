// Taken when the module loads: fake timers of a test must not stop the real turns.
const { setTimeout: later } = globalThis;
const { setImmediate: turn = (callback: () => void): unknown => later(callback, 0) } = globalThis as {
  setImmediate?: (callback: () => void) => unknown;
};

/** How many turns of the event loop a rest lasts: one empties the microtasks, a body may need some more of its own. */
const TURNS = 3;

/**
 * Waits until all that can go on without time has gone on: every microtask, and whatever needs a few turns of the event
 * loop. What waits for the network, the disk or a real timer can't be waited for: nobody knows of it.
 */
export async function rest(): Promise<void> {
  for (let done = 0; done < TURNS; done++) await new Promise<void>((resolve) => void turn(resolve));
}
