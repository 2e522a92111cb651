import { RunError, type Run, type RunEvent } from 'stepstream';

/** Reads a run to its end and returns all its events; how it ended is in the last one. */
export async function eventsOf<P>(run: Run<P>): Promise<RunEvent<P>[]> {
  const events: RunEvent<P>[] = [];
  try {
    for await (const event of run) events.push(event);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
  }
  return events;
}

/** What a list of events says, in short: `step-start a`, `token a`, `run-end failed` … */
export function shortly(events: readonly RunEvent<never>[] | readonly RunEvent[]): string[] {
  return (events as readonly RunEvent[]).map((event) => {
    if (event.type === 'run-end') return `run-end ${event.status}`;
    if ('hook' in event) return `${event.type} ${event.hook}`;
    return 'step' in event ? `${event.type} ${event.step}` : event.type;
  });
}
