import type { EventType, RunEvent } from '../run/events.js';
import type { Describe } from './describe-failure.js';

/** What happens inside the server: state, listeners and hooks are nobody else's business unless asked for. */
const INSIDE: ReadonlySet<EventType> = new Set(['state-change', 'observer-error', 'hook-start', 'hook-end']);

/** Which types of events a response has: the asked ones, and those without which the others would not be honest. */
export function createFilter(types: readonly EventType[] | undefined): (type: EventType) => boolean {
  if (types === undefined) return (type) => !INSIDE.has(type);
  const wanted = new Set<EventType>([...types, 'run-end']);
  if (wanted.has('token')) wanted.add('token-reset');
  return (type) => wanted.has(type);
}

/** An event as JSON: without the checkpoint, which is for the server to keep, and with errors as they may be known. */
export function toWire(event: RunEvent, describe: Describe): string {
  if (event.type === 'token') return JSON.stringify(event);
  if (event.type === 'run-end') {
    const { checkpoint: _kept, error, ...rest } = event;
    return JSON.stringify({ ...rest, ...(error && { error: describe(error) }) });
  }
  return JSON.stringify('error' in event && event.error ? { ...event, error: describe(event.error) } : event);
}
