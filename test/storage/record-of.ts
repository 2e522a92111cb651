import type { RunRecord } from '../../src/ports/run-store.js';

/** A record of a run that has ended, with what a test has to say of it. */
export function recordOf(runId: string, fields: Partial<RunRecord> = {}): RunRecord {
  return {
    v: 1,
    runId,
    pipeline: 'chatbot',
    fingerprint: 'f1',
    status: 'success',
    segment: 1,
    startedAt: 1_000,
    endedAt: 2_000,
    usage: { input: 3, output: 4, models: { small: { input: 3, output: 4 } } },
    ledger: { respond: { status: 'done', visits: ['done'] } },
    steps: [{ key: 'respond', startedAt: 1_001, endedAt: 1_999, status: 'done', attempt: 1 }],
    text: 'Hello',
    outputs: { respond: 'Hello' },
    state: { response: 'Hello' },
    ...fields,
  };
}
