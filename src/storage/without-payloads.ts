import type { RunRecord } from '../ports/run-store.js';

/**
 * A `redact` function that leaves out whatever authors and users have said: text, state, outputs, asks, checkpoint and the
 * messages of errors. What is left shows that a run was, what became of its steps, how long they took and what it used. A
 * suspended run can then be resumed only from a checkpoint that is kept elsewhere.
 */
export function withoutPayloads(record: RunRecord): RunRecord {
  const { state, outputs, asks, checkpoint, text, error, ...rest } = record;
  const said = [state, outputs, asks, checkpoint, error].some((value) => value !== undefined) || text !== '';
  return {
    ...rest,
    ...(error && { error: { ...error, message: '' } }),
    ...(asks && { asks: asks.map((asked) => ({ ...asked, ask: null })) }),
    text: '',
    ...(said && { redacted: true }),
  };
}
