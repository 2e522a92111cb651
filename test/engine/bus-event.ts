import type { RunEvent } from 'stepstream';

/** A token as a run tells it. */
export function tokenAt(runId: string, seq: number, value: unknown = `${seq} `): RunEvent {
  const place = { step: 'respond', path: [], visit: 1, attempt: 1 } as const;
  return { v: 1, type: 'token', runId, seq, pipeline: 'Bot', ...place, value };
}

/** Many of them. */
export const tokensOf = (runId: string, from: number, to: number): RunEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => tokenAt(runId, from + index));
