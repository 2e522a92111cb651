import type { RunAnswers, RunRecord, RunSummary } from '../ports/run-store.js';
import { VERSION } from './check-record.js';
import type { RunRow } from './run-tables.js';
import { storeFailed } from './store-error.js';

/** Turns what was kept of a run into its record. */
export function toRecord({ head, body }: Pick<RunRow, 'head' | 'body'>, runId: string): RunRecord {
  const summary = toSummary(head);
  if (summary.v !== VERSION) {
    throw storeFailed(
      `The record of run ${JSON.stringify(runId)} has version ${String(summary.v)}; this version of stepstream reads ${VERSION}.`,
      'Read it with the version of stepstream that wrote it, or a later one.',
    );
  }
  return { ...summary, ...(parse(body) as Omit<RunRecord, keyof RunSummary>) };
}

/** Turns what a list reads of a run into its summary, of whichever version. */
export const toSummary = (head: string): RunSummary => parse(head) as RunSummary;

/** Turns what was kept of a claim into its answers. */
export const fromAnswers = (answers: string): RunAnswers => parse(answers) as RunAnswers;

function parse(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
  }
  throw storeFailed('What was kept of a run is damaged.', 'Restore the data from a copy, or delete that run.');
}
