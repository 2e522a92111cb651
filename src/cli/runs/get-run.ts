import type { RunRecord, RunStore } from '../../ports/run-store.js';
import { UsageError } from '../usage-error.js';

/** The record of a run; throws a `UsageError` if there is none. */
export async function getRun(store: RunStore, runId: string): Promise<RunRecord> {
  const record = await store.get(runId);
  if (record === undefined) throw new UsageError(`There is no run "${runId}" in that file.`);
  return record;
}
