import type { AnyPipeline, Run, RunEvent } from 'stepstream';

/** All types of events, for listeners to all of them. */
export const EVENT_TYPES = [
  'run-start',
  'hook-start',
  'hook-end',
  'step-start',
  'token',
  'token-reset',
  'step-retry',
  'step-error',
  'step-end',
  'step-skip',
  'step-cancel',
  'join',
  'state-change',
  'usage',
  'custom',
  'observer-error',
  'run-end',
] as const satisfies readonly RunEvent['type'][];

/** What can be listened to: a run or an instance. */
interface Source {
  on(type: RunEvent['type'], listener: (event: never) => unknown): unknown;
}

/** Listens to everything that a run, or all runs of an instance, tell; the array grows as they do. */
export function recordEvents<P>(source: Run<P> | AnyPipeline): RunEvent[] {
  const events: RunEvent[] = [];
  const listen = source as unknown as Source;
  for (const type of EVENT_TYPES) listen.on(type, (event: RunEvent) => void events.push(event));
  return events;
}
