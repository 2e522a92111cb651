import { setTimeout as sleep } from 'node:timers/promises';

let speed = 1;

/** How many times as fast the steps of this process work as they would; `Infinity` for a run that only shows what is right. */
export function workAt(times: number): void {
  speed = times;
}

/** What a step does: nothing, for so many milliseconds. Rejects when it is aborted. */
export async function work(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds / speed, undefined, { signal });
}
